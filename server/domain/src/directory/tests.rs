//! Groups, organizations and roles: what staff may do to them, and what becomes of it.

use types::directory::{MEMBERS_MOST, RoleForm, Saved, Unit, UnitForm, UnitKind};
use types::events::EventKind;
use types::permissions::BuiltInRole;
use types::saved_views::SavedViewForm;
use types::user_list::{Filter, ListState, MatchCount, Position};
use types::{AccountId, GroupId, OrganizationId, Permission, RoleId};

use uuid::Uuid;

use super::members::ids_of;
use super::*;
use crate::{Context, Error, Result, Staff, testing, users};

fn named(name: &str) -> UnitForm {
    UnitForm { name: name.into(), ..UnitForm::default() }
}

fn inside(name: &str, parent: Unit) -> UnitForm {
    let Unit::Group(parent) = parent else { panic!("not a group") };
    UnitForm { parent: Some(parent), ..named(name) }
}

async fn group(context: &Context, staff: &Staff, form: &UnitForm) -> Unit {
    create(context, staff, UnitKind::Group, form).await.unwrap()
}

async fn logged(context: &Context, kind: EventKind) -> u64 {
    use db::entities::events;
    use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
    let rows = events::Entity::find().filter(events::Column::Kind.eq(kind.key()));
    rows.count(context.database.read()).await.unwrap()
}

fn sorted(ids: &[AccountId]) -> Vec<AccountId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

fn refused<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotAllowed(_)))
}

fn missing<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound(_)))
}

#[tokio::test]
async fn created_renamed_described_and_listed_by_name() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        for kind in [UnitKind::Group, UnitKind::Organization] {
            let sales = create(&context, &owner, kind, &named("Sales")).await.unwrap();
            create(&context, &owner, kind, &named("100% Équipe")).await.unwrap();
            let taken = create(&context, &owner, kind, &named("SALES")).await.unwrap_err();
            assert_eq!(testing::wrong_fields(taken), ["name"]);
            let form =
                UnitForm { name: "Field sales".into(), description: "On the road".into(), ..UnitForm::default() };
            assert_eq!(edit(&context, &owner, sales, &form, 1).await.unwrap(), Saved::Saved { version: 2 });
            let taken = edit(&context, &owner, sales, &named("100% equipe"), 2).await.unwrap_err();
            assert_eq!(testing::wrong_fields(taken), ["name"]);
            let seen = view(&context.database, &owner, sales).await.unwrap();
            assert_eq!((seen.form, seen.version), (form, 2));
            for (q, names) in [("", vec!["100% Équipe", "Field sales"]), ("0%", vec!["100% Équipe"]), ("_", vec![])] {
                let page = list(&context.database, &owner, kind, q, &Position::First).await.unwrap();
                assert_eq!(page.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), names, "{q}");
            }
        }
        assert_eq!(logged(&context, EventKind::GroupCreated).await, 2);
        assert_eq!(logged(&context, EventKind::OrganizationEdited).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_gets_the_difference() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let sales = group(&context, &owner, &named("Sales")).await;
        let (one, two) = (named("One"), named("Two"));
        let (first, second) =
            tokio::join!(edit(&context, &owner, sales, &one, 1), edit(&context, &owner, sales, &two, 1));
        let outcomes = [first.unwrap(), second.unwrap()];
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Saved::Saved { version: 2 }).count(), 1);
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Saved::Conflict { version: 2, .. })));
        assert_eq!(logged(&context, EventKind::GroupEdited).await, 1);
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_list_meet_both_ways() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        for at in 0..120 {
            testing::group(&context, &format!("Group {at:03}"), &[]).await;
        }
        let page = async |position| list(&context.database, &owner, UnitKind::Group, "", &position).await.unwrap();
        let first = page(Position::First).await;
        let second = page(Position::After(first.after.clone().unwrap())).await;
        let third = page(Position::After(second.after.clone().unwrap())).await;
        assert_eq!((first.rows.len(), second.rows.len(), third.rows.len()), (50, 50, 20));
        assert_eq!((first.before.clone(), third.after.clone()), (None, None));
        assert_eq!(page(Position::Before(third.before.unwrap())).await.rows, second.rows);
        assert_eq!(page(Position::Last).await.rows.len(), 50);
        assert_eq!(page(Position::After("nonsense".into())).await, first);
        assert_eq!(page(Position::Before("nonsense".into())).await, first);
    })
    .await;
}

#[tokio::test]
async fn a_group_is_never_inside_itself_also_when_two_nest_at_once() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let a = group(&context, &owner, &named("A")).await;
        let b = group(&context, &owner, &inside("B", a)).await;
        let c = group(&context, &owner, &inside("C", b)).await;
        for parent in [a, b, c] {
            let wrong = edit(&context, &owner, a, &inside("A", parent), 1).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["parent"]);
        }
        let seen = view(&context.database, &owner, c).await.unwrap();
        assert_eq!(seen.path.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        for round in 0..5 {
            let one = group(&context, &owner, &named(&format!("One {round}"))).await;
            let two = group(&context, &owner, &named(&format!("Two {round}"))).await;
            let (form_one, form_two) = (inside(&format!("One {round}"), two), inside(&format!("Two {round}"), one));
            let (first, second) =
                tokio::join!(edit(&context, &owner, one, &form_one, 1), edit(&context, &owner, two, &form_two, 1));
            assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
        }
        let mut deepest = a;
        let mut deep = 1;
        while let Ok(next) = create(&context, &owner, UnitKind::Group, &inside(&format!("D{deep}"), deepest)).await {
            deepest = next;
            deep += 1;
        }
        assert_eq!(deep, 10);
    })
    .await;
}

#[tokio::test]
async fn deleting_moves_nested_groups_up_and_takes_members_out() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::user(&context, &owner, "ada").await;
        let a = group(&context, &owner, &named("A")).await;
        let b = group(&context, &owner, &inside("B", a)).await;
        let c = group(&context, &owner, &inside("C", b)).await;
        add(&context, &owner, b, &[ada]).await.unwrap();
        delete(&context, &owner, b).await.unwrap();
        assert!(missing(delete(&context, &owner, b).await));
        assert!(missing(view(&context.database, &owner, b).await));
        let seen = view(&context.database, &owner, c).await.unwrap();
        assert_eq!(seen.path.iter().map(|group| group.unit).collect::<Vec<_>>(), [a]);
        assert!(crate::groups::of_user(&context.database, &owner, ada).await.unwrap().is_empty());
        assert_eq!(logged(&context, EventKind::GroupDeleted).await, 1);
    })
    .await;
}

#[tokio::test]
async fn deleting_an_organization_takes_its_roles_and_sessions_but_from_nobody_who_holds_more() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let acme = testing::organization(&context, "Acme", &[]).await;
        let globex = testing::organization(&context, "Globex", &[]).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
        testing::give_role(&context, owner.account, BuiltInRole::Auditor, Some(globex)).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        assert!(refused(delete(&context, &admin, Unit::Organization(globex)).await));
        delete(&context, &admin, Unit::Organization(acme)).await.unwrap();
        assert_eq!(testing::open_sessions(&context, desk.account).await, 0);
        assert_eq!(testing::events_of(&context, desk.account, EventKind::RoleRemoved).await, 1);
        assert!(!testing::holder(&context, desk.account).await.is_staff());
        delete(&context, &owner, Unit::Organization(globex)).await.unwrap();
        assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
    })
    .await;
}

#[tokio::test]
async fn members_are_added_and_removed_once_with_the_reason_for_the_others() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        let ids = testing::many(&context, 3, |at| testing::form(&format!("person{at}"))).await;
        let sales = group(&context, &owner, &named("Sales")).await;
        add(&context, &owner, sales, &ids[..1]).await.unwrap();
        let wanted = [ids[0], ids[1], ids[1], owner.account, AccountId(context.id())];
        let report = add(&context, &desk, sales, &wanted).await.unwrap();
        let skipped =
            [("already a member", 1), ("not allowed: holds permissions that you do not have", 1), ("not there", 1)];
        let skipped = skipped.map(|(why, count)| (why.to_owned(), count));
        assert_eq!((report.done, report.skipped), (1, skipped.to_vec()));
        assert_eq!(ids_of(&context.database, sales).await, sorted(&ids[..2]));
        let report = remove(&context, &desk, sales, &ids).await.unwrap();
        assert_eq!((report.done, report.skipped), (2, vec![("not a member".to_owned(), 1)]));
        assert_eq!(testing::events_of(&context, ids[0], EventKind::GroupAdded).await, 1);
        assert_eq!(testing::events_of(&context, ids[0], EventKind::GroupRemoved).await, 1);
        let acme = create(&context, &admin, UnitKind::Organization, &named("Acme")).await.unwrap();
        assert!(refused(add(&context, &desk, acme, &ids).await));
        assert_eq!(add(&context, &admin, acme, &ids).await.unwrap().done, 3);
        assert_eq!(testing::events_of(&context, ids[2], EventKind::OrganizationAdded).await, 1);
        let many = vec![ids[0]; MEMBERS_MOST + 1];
        assert!(refused(add(&context, &admin, acme, &many).await));
    })
    .await;
}

#[tokio::test]
async fn a_group_takes_people_of_its_own_store_only() {
    testing::on_both(|context| async move {
        use sea_orm::ConnectionTrait;
        let owner = testing::owner(&context).await;
        let ada = testing::user(&context, &owner, "ada").await;
        let sales = group(&context, &owner, &named("Sales")).await;
        testing::another_store(&context).await;
        let transaction = context.database.begin().await.unwrap();
        let moved = "UPDATE groups SET store_id = (SELECT id FROM identity_stores WHERE NOT is_default)";
        transaction.execute_unprepared(moved).await.unwrap();
        transaction.commit().await.unwrap();
        let report = add(&context, &owner, sales, &[ada]).await.unwrap();
        assert_eq!(report.skipped, [("belongs to another identity store".to_owned(), 1)]);
        let other = group(&context, &owner, &named("Other")).await;
        let wrong = edit(&context, &owner, other, &inside("Other", sales), 1).await.unwrap_err();
        assert_eq!(testing::wrong_fields(wrong), ["parent"]);
    })
    .await;
}

#[tokio::test]
async fn members_are_found_by_any_part_and_paged() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ids = testing::many(&context, 120, |at| testing::form(&format!("person{at:03}"))).await;
        let sales = Unit::Group(testing::group(&context, "Sales", &ids).await);
        let page = async |q: &str, position| members(&context, &owner, sales, q, &position).await.unwrap();
        let first = page("", Position::First).await;
        assert_eq!((first.rows.len(), first.count), (50, MatchCount::Exactly(120)));
        let second = page("", Position::After(first.after.unwrap())).await;
        let third = page("", Position::After(second.after.clone().unwrap())).await;
        assert_eq!((third.rows.len(), third.after), (20, None));
        assert_eq!(page("", Position::Before(third.before.unwrap())).await.rows, second.rows);
        let found = page("PERSON11", Position::First).await;
        assert_eq!((found.rows.len(), found.count), (10, MatchCount::Exactly(10)));
        assert!(page("%", Position::First).await.rows.is_empty());
        let offered = candidates(&context, &owner, sales, "person00").await.unwrap();
        assert!(offered.len() == 10 && offered.iter().all(|one| one.is_member));
        testing::bulk(&context, &owner, types::bulk::BulkAction::Delete, &ids[..20]).await;
        assert_eq!(page("", Position::First).await.count, MatchCount::Exactly(100));
    })
    .await;
}

#[tokio::test]
async fn groups_are_made_in_any_store_and_organizations_are_offered_people_of_every_one() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let customers = testing::another_store(&context).await;
        let form = UnitForm { store: Some(customers), ..named("Buyers") };
        let buyers = group(&context, &owner, &form).await;
        let ada = testing::form("ada");
        let there = users::create_in(&context, &owner, Some(customers), &ada, &[]).await.unwrap();
        let here = testing::user(&context, &owner, "ada.b").await;
        let offered = async |unit, q: &str| {
            let found = candidates(&context, &owner, unit, q).await.unwrap();
            found.into_iter().map(|one| (one.id, one.store)).collect::<Vec<_>>()
        };
        assert_eq!(offered(buyers, "ada").await, [(there, None)]);
        let acme = Unit::Organization(testing::organization(&context, "Acme", &[]).await);
        let named_stores = ["People", "Customers"].map(|name| Some(name.to_owned()));
        assert_eq!(offered(acme, "ada").await, [(here, named_stores[0].clone()), (there, named_stores[1].clone())]);
        assert_eq!(add(&context, &owner, acme, &[here, there]).await.unwrap().done, 2);
        assert_eq!(add(&context, &owner, buyers, &[here, there]).await.unwrap().done, 1);
        // Inside another, a group is in the store of that one.
        let default = crate::stores::default_store(context.database.read()).await.unwrap();
        let within = UnitForm { store: Some(default), ..inside("Regulars", buyers) };
        let within = group(&context, &owner, &within).await;
        assert_eq!(add(&context, &owner, within, &[there]).await.unwrap().done, 1);
        let lost = UnitForm { store: Some(types::StoreId(context.id())), ..named("Lost") };
        assert!(matches!(
            create(&context, &owner, UnitKind::Group, &lost).await,
            Err(Error::NotFound("identity store"))
        ));
        testing::many(&context, 40, |at| testing::form(&format!("person{at:03}"))).await;
        assert_eq!(offered(acme, "").await.len(), 25);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_with_anothers_id_tells_nothing_of_them() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ids = testing::many(&context, 4, |at| testing::form(&format!("person{at}"))).await;
        let acme = testing::organization(&context, "Acme", &ids[..3]).await;
        let secret = testing::organization(&context, "Box", &ids[3..]).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
        let nobody = context.id();
        // Whom a cursor names is looked up nowhere: known, unknown and beyond reach are one answer.
        for position in [Position::After, Position::Before] {
            let seen = async |id: Uuid| {
                let at = position(id.to_string());
                let page = members(&context, &desk, Unit::Organization(acme), "", &at).await.unwrap();
                page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
            };
            assert_eq!(seen(ids[3].0).await, seen(nobody).await);
            let places = async |id: Uuid| {
                let at = position(id.to_string());
                list(&context.database, &desk, UnitKind::Organization, "", &at).await.unwrap()
            };
            assert_eq!(places(secret.0).await, places(nobody).await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_rare_text_is_found_among_many_members_and_a_frequent_one_is_paged() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let name = |at: usize| if at % 1_000 == 7 { format!("rar_e{at}") } else { format!("frequent{at}") };
        let ids = testing::many(&context, 5_300, |at| testing::form(&name(at))).await;
        let outside = testing::user(&context, &owner, "rar_e.outside").await;
        let big = Unit::Organization(testing::organization(&context, "Big", &ids).await);
        let page = async |q: &str, position| members(&context, &owner, big, q, &position).await.unwrap();
        for q in ["rar_e", "RAR_E", "ar_e"] {
            let found = page(q, Position::First).await;
            assert_eq!((found.rows.len(), found.count), (6, MatchCount::Exactly(6)), "{q}");
            assert!(found.rows.iter().all(|row| row.id != outside));
        }
        assert!(page("rarxe", Position::First).await.rows.is_empty());
        let mut seen = std::collections::HashSet::new();
        let mut position = Position::First;
        for _ in 0..3 {
            let found = page("frequent", position).await;
            assert_eq!(found.count, MatchCount::Exactly(5_294));
            seen.extend(found.rows.iter().map(|row| row.id));
            position = Position::After(found.after.unwrap());
        }
        assert_eq!(seen.len(), 150);
        let confined = testing::organization(&context, "Small", &ids[..10]).await;
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(confined)).await;
        let found = members(&context, &desk, big, "rar_e", &Position::First).await;
        assert!(missing(found));
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_sees_and_changes_their_organization_only() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ids = testing::many(&context, 4, |at| testing::form(&format!("person{at}"))).await;
        let acme = testing::organization(&context, "Acme", &ids[..2]).await;
        let globex = Unit::Organization(testing::organization(&context, "Globex", &ids[1..]).await);
        let sales = Unit::Group(testing::group(&context, "Sales", &ids).await);
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, Some(acme)).await;
        let database = &context.database;
        let page = list(database, &admin, UnitKind::Organization, "", &Position::First).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.unit).collect::<Vec<_>>(), [Unit::Organization(acme)]);
        let page = list(database, &admin, UnitKind::Group, "", &Position::First).await.unwrap();
        assert_eq!(page.rows[0].members, MatchCount::Exactly(2));
        let page = members(&context, &admin, sales, "", &Position::First).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids[..2]);
        let nowhere = Unit::Organization(OrganizationId(context.id()));
        for hidden in [globex, nowhere] {
            assert!(missing(view(database, &admin, hidden).await));
            assert!(missing(members(&context, &admin, hidden, "", &Position::First).await));
            assert!(missing(candidates(&context, &admin, hidden, "").await));
            assert!(missing(edit(&context, &admin, hidden, &named("Mine"), 1).await));
            assert!(missing(delete(&context, &admin, hidden).await));
            assert!(missing(add(&context, &admin, hidden, &ids[..1]).await));
            assert!(missing(remove(&context, &admin, hidden, &ids[1..2]).await));
        }
        // Whoever is outside is "not there", in the same words as nobody.
        let outside = add(&context, &admin, Unit::Organization(acme), &ids[2..3]).await.unwrap();
        let nobody = add(&context, &admin, Unit::Organization(acme), &[AccountId(context.id())]).await.unwrap();
        assert_eq!(outside, nobody);
        assert_eq!(remove(&context, &admin, sales, &ids).await.unwrap().done, 2);
        assert_eq!(ids_of(database, sales).await, sorted(&ids[2..]));
        assert!(refused(edit(&context, &admin, sales, &named("Mine"), 1).await));
        assert!(refused(delete(&context, &admin, Unit::Organization(acme)).await));
        assert!(refused(create(&context, &admin, UnitKind::Group, &named("Mine")).await));
        let own = edit(&context, &admin, Unit::Organization(acme), &named("Acme AG"), 1).await;
        assert_eq!(own.unwrap(), Saved::Saved { version: 2 });
    })
    .await;
}

#[tokio::test]
async fn another_organization_has_no_name_in_the_log_nor_in_what_is_downloaded() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let acme = testing::organization(&context, "Acme", &[]).await;
        let secret = testing::organization(&context, "Globex", &[]).await;
        for place in [acme, secret] {
            add(&context, &owner, Unit::Organization(place), &[ada]).await.unwrap();
        }
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::Administrator, Some(acme)).await;
        testing::give_role(&context, ada, BuiltInRole::Auditor, Some(secret)).await;
        let state =
            ListState { filter: Filter { organization: Some(secret), ..Filter::default() }, ..ListState::default() };
        let view = SavedViewForm { name: "Globex layoffs".into(), state, is_shared: true };
        users::views::save(&context, &testing::staff(&context, ada).await, &view).await.unwrap();
        let told = async |staff: &Staff| {
            let page = testing::activity(&context.database, staff, ada, None, None).await.unwrap();
            let data = crate::account_data::of_user(&context, staff, ada).await.unwrap();
            format!("{page:?} {:?} {:?}", data.sections, data.events(&context, None).await.unwrap())
        };
        let (all, confined) = (told(&owner).await, told(&desk).await);
        assert!(all.contains("Acme") && all.contains("Globex"));
        assert!(confined.contains("Acme") && confined.contains("Another organization") && !confined.contains("Globex"));
    })
    .await;
}

#[tokio::test]
async fn a_group_deleted_while_members_are_added_harms_nobody() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ids = testing::many(&context, 50, |at| testing::form(&format!("person{at}"))).await;
        for round in 0..3 {
            let sales = group(&context, &owner, &named(&format!("Sales {round}"))).await;
            let (added, deleted) = tokio::join!(add(&context, &owner, sales, &ids), delete(&context, &owner, sales));
            deleted.unwrap();
            assert!(added.is_ok() || missing(added));
            assert!(ids_of(&context.database, sales).await.is_empty());
        }
        assert!(missing(add(&context, &owner, Unit::Group(GroupId(context.id())), &ids).await));
    })
    .await;
}

fn role(name: &str, permissions: &[Permission]) -> RoleForm {
    RoleForm { name: name.into(), permissions: permissions.to_vec(), ..RoleForm::default() }
}

#[tokio::test]
async fn nobody_makes_or_changes_a_role_beyond_what_they_hold() {
    testing::on_both(|context| async move {
        use Permission::{EditUsers, ManageRoles, OwnEverything, ViewDirectory, ViewUsers};
        let owner = testing::owner(&context).await;
        let id = testing::onboarded(&context, &owner, "maker").await;
        testing::give_permissions(&context, id, &[ManageRoles, ViewDirectory, ViewUsers], None).await;
        let acme = testing::organization(&context, "Acme", &[]).await;
        testing::give_permissions(&context, id, &[EditUsers], Some(acme)).await;
        let maker = testing::staff(&context, id).await;
        for lacking in [EditUsers, OwnEverything] {
            assert!(refused(roles::create(&context, &maker, &role("R", &[ViewUsers, lacking])).await));
        }
        let own = roles::create(&context, &maker, &role("Watch", &[ViewUsers])).await.unwrap();
        assert!(refused(roles::edit(&context, &maker, own, &role("Watch", &[ViewUsers, EditUsers]), 1).await));
        let bigger = roles::create(&context, &owner, &role("Edit", &[ViewUsers, EditUsers])).await.unwrap();
        for form in [role("Edit", &[ViewUsers]), role("Renamed", &[ViewUsers, EditUsers])] {
            assert!(refused(roles::edit(&context, &maker, bigger, &form, 1).await));
        }
        assert!(refused(roles::delete(&context, &maker, bigger).await));
        let seen = roles::view(&context.database, &maker, bigger).await.unwrap();
        assert_eq!((seen.may_edit, seen.grantable), (false, vec![ViewUsers, ViewDirectory, ManageRoles]));
        assert!(roles::view(&context.database, &maker, own).await.unwrap().may_edit);
        for built_in in BuiltInRole::ALL {
            let id = crate::stores::built_in_role(context.database.read(), built_in).await.unwrap();
            assert!(refused(roles::edit(&context, &owner, id, &role("Mine", &[ViewUsers]), 1).await));
            assert!(refused(roles::delete(&context, &owner, id).await));
        }
        let confined = testing::staff_with(&context, &owner, "a", BuiltInRole::Administrator, Some(acme)).await;
        assert!(refused(roles::create(&context, &confined, &role("R", &[ViewUsers])).await));
        assert!(refused(roles::edit(&context, &confined, own, &role("R", &[ViewUsers]), 1).await));
        assert!(refused(roles::delete(&context, &confined, own).await));
    })
    .await;
}

#[tokio::test]
async fn of_a_built_in_role_only_its_second_factor_is_chosen_by_who_holds_as_much() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        for (staff, built_in, allowed) in [
            (&owner, BuiltInRole::Owner, true),
            (&admin, BuiltInRole::Owner, false),
            (&owner, BuiltInRole::HelpDesk, true),
            (&admin, BuiltInRole::HelpDesk, true),
        ] {
            let id = testing::role(&context, built_in).await;
            let seen = roles::view(&context.database, staff, id).await.unwrap();
            assert_eq!((seen.may_edit, seen.may_require), (false, allowed), "{built_in:?}");
            let form = RoleForm { requires_second_factor: !seen.form.requires_second_factor, ..seen.form.clone() };
            let saved = roles::edit(&context, staff, id, &form, seen.version).await;
            assert_eq!(saved.is_ok(), allowed, "{built_in:?}");
            let renamed = RoleForm { name: "Mine".into(), ..form };
            assert!(refused(roles::edit(&context, staff, id, &renamed, seen.version + 1).await));
        }
        // Starting anew does not forget it.
        context.migrate().await.unwrap();
        let owners = testing::role(&context, BuiltInRole::Owner).await;
        assert!(roles::view(&context.database, &owner, owners).await.unwrap().form.requires_second_factor);
        assert_eq!(logged(&context, EventKind::RoleEdited).await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_edited_role_holds_from_the_next_request_and_the_second_editor_gets_the_difference() {
    testing::on_both(|context| async move {
        use Permission::{EditUsers, ViewUsers};
        let owner = testing::owner(&context).await;
        let id = roles::create(&context, &owner, &role("Watch", &[ViewUsers])).await.unwrap();
        let ada = testing::onboarded(&context, &owner, "ada").await;
        crate::roles::assign(&context, &owner, ada, &[id], &[]).await.unwrap();
        let more = role("Watch", &[ViewUsers, EditUsers]);
        assert_eq!(roles::edit(&context, &owner, id, &more, 1).await.unwrap(), Saved::Saved { version: 2 });
        assert!(testing::staff(&context, ada).await.require(EditUsers).is_ok());
        let late = roles::edit(&context, &owner, id, &role("Late", &[ViewUsers]), 1).await.unwrap();
        assert_eq!(late, Saved::Conflict { theirs: more.clone(), version: 2 });
        assert_eq!(roles::edit(&context, &owner, id, &more, 2).await.unwrap(), Saved::Saved { version: 2 });
        let taken = roles::create(&context, &owner, &role("Watch", &[ViewUsers])).await.unwrap_err();
        assert_eq!(testing::wrong_fields(taken), ["name"]);
        assert_eq!(logged(&context, EventKind::RoleEdited).await, 1);
    })
    .await;
}

#[tokio::test]
async fn deleting_a_role_takes_it_from_its_holders_but_from_nobody_who_holds_more() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        let ada = testing::onboarded(&context, &owner, "ada").await;
        let id = roles::create(&context, &admin, &role("Watch", &[Permission::ViewUsers])).await.unwrap();
        let acme = testing::organization(&context, "Acme", &[ada]).await;
        crate::roles::assign(&context, &owner, ada, &[id], &[acme]).await.unwrap();
        crate::roles::assign(&context, &owner, owner.account, &[id], &[]).await.unwrap();
        let holder = testing::holder(&context, ada).await;
        let page = roles::holders(&context.database, &admin, id, &Position::First).await.unwrap();
        let held: std::collections::HashSet<_> =
            page.rows.iter().map(|row| (row.account, row.organization.as_deref())).collect();
        assert_eq!(held, [(ada, Some("Acme")), (owner.account, None)].into());
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
        let page = roles::holders(&context.database, &desk, id, &Position::First).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.account).collect::<Vec<_>>(), [ada]);
        let seen = roles::view(&context.database, &desk, id).await.unwrap();
        assert_eq!(seen.holders, MatchCount::Exactly(1));
        assert!(refused(roles::delete(&context, &admin, id).await));
        roles::delete(&context, &owner, id).await.unwrap();
        assert!(missing(roles::view(&context.database, &owner, id).await));
        assert!(missing(roles::holders(&context.database, &owner, RoleId(context.id()), &Position::First).await));
        assert_eq!(testing::open_sessions(&context, holder.account).await, 0);
        assert_eq!(testing::open_sessions(&context, owner.account).await, 1);
        assert_eq!(testing::events_of(&context, ada, EventKind::RoleRemoved).await, 1);
        assert_eq!(logged(&context, EventKind::RoleDeleted).await, 1);
    })
    .await;
}
