//! The schema, in the order it grew. A migration that has landed is never changed.

use sea_orm_migration::prelude::*;

mod m0001_foundation;
mod m0002_mail;
mod m0003_authenticators;
mod m0004_user_list;
mod m0005_bulk_import;
mod m0006_attributes;
mod m0007_directory;
mod m0008_required_second_factor;
mod m0009_codes;
mod m0010_devices;
mod m0011_list;
mod m0012_stores;
mod m0013_membership_order;
mod m0014_status_indexes;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_mail::Migration),
            Box::new(m0003_authenticators::Migration),
            Box::new(m0004_user_list::Migration),
            Box::new(m0005_bulk_import::Migration),
            Box::new(m0006_attributes::Migration),
            Box::new(m0007_directory::Migration),
            Box::new(m0008_required_second_factor::Migration),
            Box::new(m0009_codes::Migration),
            Box::new(m0010_devices::Migration),
            Box::new(m0011_list::Migration),
            Box::new(m0012_stores::Migration),
            Box::new(m0013_membership_order::Migration),
            Box::new(m0014_status_indexes::Migration),
        ]
    }
}
