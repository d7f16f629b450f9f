//! The seeded people are believable, repeatable, storable and counted.

use std::collections::HashSet;

use db::entities::{accounts, events, group_memberships, organization_memberships, organizations, role_assignments};
use domain::testing::{self, START};
use domain::users::counts;
use domain::{Context, stores};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    Statement, TryIntoModel,
};
use types::accounts::AccountForm;
use types::permissions::BuiltInRole;
use types::{EmailAddress, StoreId, phone_number, username};

use super::people::{Person, Plan, Population};

fn plan(users: u64, seed: u64) -> Plan {
    let store = StoreId(testing_id());
    Plan { users, seed, round: 1, until: Plan::midnight(START), store }
}

fn testing_id() -> uuid::Uuid {
    domain::random::Random::seeded(0).id(START)
}

fn people(plan: Plan) -> Vec<Person> {
    Population::new(plan).collect::<domain::Result<_>>().expect("people who can be stored")
}

/// All that is known of them, in order.
fn written(people: &[Person]) -> Vec<String> {
    people.iter().map(|person| format!("{person:?}")).collect()
}

fn row(person: &Person) -> accounts::Model {
    person.account.clone().try_into_model().expect("a whole row")
}

#[test]
fn the_same_seed_gives_the_same_people_and_another_gives_others() {
    let once = written(&people(plan(1_200, 7)));
    assert_eq!(once, written(&people(plan(1_200, 7))));
    let other = written(&people(plan(1_200, 8)));
    assert!(once.iter().zip(&other).all(|(one, other)| one != other));
    let second_round = written(&people(Plan { round: 2, ..plan(1_200, 7) }));
    assert!(once.iter().zip(&second_round).all(|(one, other)| one != other));
}

#[test]
fn two_rounds_share_no_address_and_no_username() {
    let (mut addresses, mut usernames, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
    for round in 1..=3 {
        for person in people(Plan { round, ..plan(20_000, 7) }) {
            let row = row(&person);
            assert!(addresses.insert(row.email_key.clone()), "{}", row.email_key);
            assert!(row.username.is_none_or(|name| usernames.insert(name)));
            assert!(ids.insert(row.id));
        }
    }
}

#[test]
fn everybody_can_be_typed_into_the_form() {
    let people = people(plan(20_000, 3));
    for person in &people {
        let row = row(person);
        let form = AccountForm {
            email: row.email.clone(),
            username: row.username.clone().unwrap_or_default(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            phone: row.phone.clone().unwrap_or_default(),
            ..AccountForm::default()
        };
        let fields = form.parse().unwrap_or_else(|errors| panic!("{form:?}: {errors:?}"));
        assert_eq!(Ok(fields.email), EmailAddress::parse(&row.email));
        assert_eq!(Ok(row.username.clone()), username::parse(&form.username));
        assert_eq!(Ok(row.phone.clone()), phone_number::parse(&form.phone));
        assert!(row.email.ends_with(".example"), "{}", row.email);
        assert!(!row.search_text.is_empty() && !row.name_key.is_empty());
    }
}

#[test]
fn the_awkward_ones_are_among_the_first_thousand() {
    let rows: Vec<_> = people(plan(1_000, 5)).iter().map(row).collect();
    let somebody = |test: &dyn Fn(&accounts::Model) -> bool| rows.iter().any(test);
    assert!(somebody(&|row| row.first_name == "Samy <script>alert(1)</script>"));
    assert!(somebody(&|row| row.last_name == "O'Brien" && row.email.contains('\'')));
    assert!(somebody(&|row| row.last_name == "D'Angelo"));
    assert!(somebody(&|row| row.first_name == "Percy %_\\"));
    assert!(somebody(&|row| row.last_name.chars().count() == 100));
    assert!(somebody(&|row| row.first_name.contains('\u{200D}')));
    assert!(somebody(&|row| row.first_name.chars().any(|c| ('\u{590}'..='\u{6FF}').contains(&c))));
    assert!(somebody(&|row| row.name.chars().count() == 1));
    assert!(somebody(&|row| row.first_name.is_empty() && row.last_name.is_empty()));
    assert!(somebody(&|row| row.email.split('@').next().is_some_and(|local| local.len() == 64)));
}

#[test]
fn shares_are_as_believable_people_have_them() {
    let people = people(plan(40_000, 1));
    let rows: Vec<_> = people.iter().map(row).collect();
    let share = |test: &dyn Fn(&accounts::Model) -> bool| {
        rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
    };
    let near =
        |value: f64, wanted: f64| assert!((value - wanted).abs() < wanted * 0.1 + 0.001, "{value} is not {wanted}");
    near(share(&|row| row.disabled_at.is_some()), 0.04);
    near(share(&|row| row.onboarded_at.is_some()), 0.85);
    near(share(&|row| row.email_verified_at.is_some()), 0.9);
    near(share(&|row| row.username.is_some()), 0.6);
    near(share(&|row| row.locked_until.is_some_and(|until| until > START)), 0.0005);
    near(share(&|row| row.last_sign_in_at.0 == 0), 0.083);
    let in_groups = people.iter().filter(|person| !person.groups.is_empty()).count();
    near(in_groups as f64 / rows.len() as f64, 0.7);
    let members = people.iter().filter(|person| person.organization.is_some()).count();
    near(members as f64 / rows.len() as f64, 0.7);
    let events: usize = people.iter().map(|person| person.events.len()).sum();
    assert!(events as f64 <= 1.5 * rows.len() as f64, "{events}");
    for row in &rows {
        let now = START;
        assert!(row.created_at < now && row.updated_at >= row.created_at && row.updated_at < now);
        for at in [row.email_verified_at, row.onboarded_at, row.disabled_at].into_iter().flatten() {
            assert!(at >= row.created_at && at < now);
        }
        assert!(row.last_sign_in_at.0 == 0 || (row.last_sign_in_at >= row.created_at && row.last_sign_in_at < now));
    }
    assert!(rows.is_sorted_by_key(|row| row.created_at));
}

async fn number_of<E: EntityTrait>(context: &Context) -> i64
where
    for<'a> sea_orm::Select<E>: PaginatorTrait<'a, sea_orm::DatabaseConnection>,
{
    E::find().count(context.database.read()).await.expect("a number") as i64
}

/// The indexes and triggers that there are.
async fn schema(context: &Context) -> Vec<String> {
    #[derive(FromQueryResult)]
    struct Row {
        definition: String,
    }
    let backend = context.database.backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT name || sql AS definition FROM sqlite_master WHERE sql IS NOT NULL \
            AND name NOT LIKE 'sqlite_stat%' ORDER BY 1"
        }
        _ => "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    };
    let statement = Statement::from_string(backend, sql);
    let rows = Row::find_by_statement(statement).all(context.database.read()).await.expect("the schema");
    rows.into_iter().map(|row| row.definition).collect()
}

async fn assert_counted(context: &Context) {
    let connection = context.database.read();
    let store = stores::default_store(connection).await.expect("a store");
    let counted = counts::read(connection, store).await.expect("counts");
    assert_eq!(counted.live(), number_of::<accounts::Entity>(context).await);
    let disabled = accounts::Entity::find()
        .filter(accounts::Column::DisabledAt.is_not_null())
        .count(connection)
        .await
        .expect("a number");
    assert_eq!(counted.disabled(), disabled as i64);
    for organization in organizations::Entity::find().all(connection).await.expect("organizations") {
        let members = organization_memberships::Entity::find()
            .filter(organization_memberships::Column::OrganizationId.eq(organization.id))
            .count(connection)
            .await
            .expect("a number");
        assert_eq!(organization.member_count, members as i64, "{}", organization.name);
    }
}

#[tokio::test]
async fn counts_are_exact_and_a_second_round_adds_to_them() {
    testing::on_both(|context| async move {
        let before = schema(&context).await;
        super::run(&context, 0, 7).await.expect("nothing");
        assert_eq!(number_of::<accounts::Entity>(&context).await, 0);
        for round in 1..=2 {
            super::run(&context, 1_100, 7).await.expect("people");
            assert_eq!(number_of::<accounts::Entity>(&context).await, round * 1_100);
            assert_counted(&context).await;
        }
        assert_eq!(number_of::<organizations::Entity>(&context).await, 25);
        assert_eq!(number_of::<role_assignments::Entity>(&context).await, 80);
        let owner = stores::built_in_role(context.database.read(), BuiltInRole::Owner).await.expect("a role");
        let owners = role_assignments::Entity::find().filter(role_assignments::Column::RoleId.eq(owner));
        assert_eq!(owners.count(context.database.read()).await.expect("a number"), 0);
        assert_eq!(schema(&context).await, before);
    })
    .await;
}

#[tokio::test]
async fn many_are_added_without_indexes_which_are_all_there_afterwards() {
    testing::on_both(|context| async move {
        let before = schema(&context).await;
        let owner = testing::owner(&context).await;
        let users = u32::try_from(super::MANY).expect("a number");
        super::run(&context, users, 7).await.expect("people");
        assert_eq!(schema(&context).await, before);
        assert_counted(&context).await;
        assert!(number_of::<events::Entity>(&context).await > i64::from(users));
        assert!(number_of::<group_memberships::Entity>(&context).await > i64::from(users) / 2);
        // Both ways of searching, and an insert into the search index by its trigger.
        testing::user(&context, &owner, "zyxwvu").await;
        for (q, hits) in [("zyxwv", 1), ("<script>alert", 1), ("O'BRIEN", 1)] {
            let mut state = types::user_list::ListState::default();
            state.filter.q = q.into();
            let page = domain::users::list(&context, &owner, &state).await.expect("a page");
            assert!(page.rows.len() >= hits, "{q}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_ends_in_between_leaves_everything_as_it_was() {
    testing::on_both(|context| async move {
        let before = schema(&context).await;
        // An address of the middle of the round is taken already.
        let users = super::MANY;
        let until = Plan::midnight(context.now());
        let store = stores::default_store(context.database.read()).await.expect("a store");
        let plan = Plan { users, seed: 7, round: 1, until, store };
        let somebody = Population::new(plan).nth(7_500).expect("a person").expect("a person");
        let transaction = context.database.begin().await.expect("a transaction");
        somebody.account.clone().insert(&transaction).await.expect("a row");
        transaction.commit().await.expect("a commit");
        super::run(&context, u32::try_from(users).expect("a number"), 7).await.expect_err("it is taken");
        assert_eq!(number_of::<accounts::Entity>(&context).await, 1);
        assert_eq!(number_of::<organizations::Entity>(&context).await, 0);
        assert_eq!(schema(&context).await, before);
    })
    .await;
}

#[tokio::test]
async fn rows_in_the_database_are_the_same_for_the_same_seed() {
    async fn all(context: &Context) -> Vec<accounts::Model> {
        super::run(context, 700, 42).await.expect("people");
        accounts::Entity::find()
            .order_by_asc(accounts::Column::Id)
            .all(context.database.read())
            .await
            .expect("rows")
            .into_iter()
            .map(|row| accounts::Model { store_id: StoreId(testing_id()), ..row })
            .collect()
    }
    let (one, other) = (testing::sqlite().await, testing::postgres().await);
    assert_eq!(all(&one.context).await, all(&other).await);
}
