//! What the databases' planners make of the list's queries: no page reads all accounts, and only
//! rows that are named already are sorted.

use types::attributes::AttributeKind;
use types::permissions::BuiltInRole;
use types::user_list::{Filter, PageSize, Period, SecondFactorFilter, StateFilter, StatusFilter};

use super::*;
use crate::{Context, testing};

/// Some thousand accounts of every kind, staff of all, of a few and of many of them; and filters.
async fn filled(context: &Context) -> ([Staff; 3], Vec<Filter>) {
    let owner = testing::owner(context).await;
    for (key, kind) in [("title", AttributeKind::Text), ("team", AttributeKind::Choice)] {
        testing::attribute(context, &owner, key, kind, |form| {
            form.searchable = true;
            form.choices = "Sales\nLaw".into();
        })
        .await;
    }
    let letters = |at: usize| [at % 26, at / 26 % 26].map(|letter| char::from(b'a' + letter as u8));
    let name = |at: usize| format!("{}person{at}", letters(at).iter().collect::<String>());
    let ids = testing::many(context, 8_000, |at| testing::form(&name(at))).await;
    let transaction = context.database.begin().await.unwrap();
    for statement in [
        "UPDATE accounts SET disabled_at = 1 WHERE email_key LIKE '%2@example.com'",
        "UPDATE accounts SET deleted_at = 1 WHERE email_key LIKE '%55@example.com'",
        "UPDATE accounts SET locked_until = 9999999999999 WHERE email_key LIKE '%88@example.com'",
        "UPDATE accounts SET onboarded_at = 1 WHERE email_key LIKE '%7@example.com'",
        "UPDATE accounts SET activation_sent_at = 1 WHERE email_key LIKE '%77@example.com' OR email_key LIKE '%4@example.com'",
        "UPDATE accounts SET email_verified_at = 1 WHERE email_key LIKE '%33@example.com'",
        "UPDATE accounts SET second_factor = 'authenticator_app' WHERE email_key LIKE '%6@example.com'",
        "UPDATE accounts SET password_expires_at = 1795407399000 WHERE email_key LIKE '%44@example.com'",
        "UPDATE accounts SET password_expires_at = 1 WHERE email_key LIKE '%45@example.com'",
        "INSERT INTO authenticators (id, account_id, kind, name, secret, last_step, created_at, last_used_at) \
            SELECT id, id, 'authenticator_app', '', '', 0, 0, 0 FROM accounts WHERE email_key LIKE '%6@example.com'",
        "INSERT INTO account_attributes (account_id, attribute_id, value_key, is_unique, is_text)
            SELECT accounts.id, attributes.id, 'title ' || substr(accounts.email, 2, 12), false, true
            FROM accounts CROSS JOIN attributes WHERE attributes.key = 'title'",
        "INSERT INTO account_attributes (account_id, attribute_id, value_key, is_unique, is_text)
            SELECT accounts.id, attributes.id, 'law', false, false
            FROM accounts CROSS JOIN attributes WHERE attributes.key = 'team' AND accounts.email LIKE '%3@example.com'",
        "UPDATE accounts SET created_at = length(email_key), last_sign_in_at = length(name_key)",
    ] {
        transaction.execute_unprepared(statement).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let few = testing::organization(context, "Few", &ids[..40]).await;
    let many = testing::organization(context, "Many", &ids[..6_000]).await;
    let small = testing::group(context, "Small", &ids[20..60]).await;
    let large = testing::group(context, "Large", &ids[1_000..]).await;
    let of_few = testing::staff_with(context, &owner, "few", BuiltInRole::HelpDesk, Some(few)).await;
    let of_many = testing::staff_with(context, &owner, "many", BuiltInRole::HelpDesk, Some(many)).await;
    if !context.database.is_sqlite() {
        context.database.read().execute_unprepared("ANALYZE").await.unwrap();
    }
    let role = crate::stores::built_in_role(context.database.read(), BuiltInRole::HelpDesk).await.unwrap();
    let status = |status| Filter { status: Some(status), ..Filter::default() };
    let state = |state| Filter { state: Some(state), ..Filter::default() };
    let q = |q: &str| Filter { q: q.into(), ..Filter::default() };
    let in_group = |group| Filter { group: Some(group), ..Filter::default() };
    let period = Period { after: Some(Timestamp(20)), before: Some(Timestamp(23)) };
    let mut filters = vec![Filter::default()];
    filters.extend(StatusFilter::ALL.map(status));
    filters.extend(StateFilter::ALL.map(state));
    filters.extend(["mm", "person77", "person", "+++"].map(q));
    filters.extend([small, large].map(in_group));
    filters.extend([few, many].map(|place| Filter { organization: Some(place), ..Filter::default() }));
    filters.extend([true, false].map(|is| Filter { email_verified: Some(is), ..Filter::default() }));
    filters.push(Filter { role: Some(role), ..Filter::default() });
    filters.push(Filter { created: period, ..Filter::default() });
    filters.push(Filter { last_sign_in: period, ..Filter::default() });
    filters.push(Filter { never_signed_in: true, ..Filter::default() });
    let field = |key: &str, text: &str| Filter { fields: [(key.into(), text.into())].into(), ..Filter::default() };
    filters.push(field("email", "person7"));
    filters.extend(
        [("title", "title"), ("title", "person77"), ("title", "ti"), ("team", "Law"), ("gone", "x")]
            .map(|(key, text)| field(key, text)),
    );
    filters.push(Filter { group: Some(large), ..field("title", "person7") });
    filters.extend(SecondFactorFilter::all().map(|it| Filter { second_factor: Some(it), ..Filter::default() }));
    filters.push(Filter { password_expires_within: Some(30), ..Filter::default() });
    filters.extend([true, false].map(|is| Filter { external_identity: Some(is), ..Filter::default() }));
    // The common pairs.
    filters.extend(StatusFilter::ALL.map(|status| Filter { status: Some(status), ..in_group(large) }));
    filters.extend(StateFilter::ALL.map(|it| Filter { created: period, ..state(it) }));
    filters.extend([few, many].map(|place| Filter { organization: Some(place), ..q("person7") }));
    filters.push(Filter { state: Some(StateFilter::Onboarded), ..status(StatusFilter::Disabled) });
    ([owner, of_few, of_many], filters)
}

/// Every sort, at several kinds of position.
fn states(filter: &Filter) -> Vec<ListState> {
    let mut states = Vec::new();
    for sort in SortKey::ALL {
        let value = match sort {
            SortKey::Name | SortKey::Email => CursorValue::Text("mm".into()),
            SortKey::Created | SortKey::LastSignIn => CursorValue::Moment(Timestamp(24)),
        };
        let cursor = Cursor { value, id: AccountId(uuid::Uuid::from_u128(u128::MAX / 2)) }.to_string();
        for (dir, position) in [
            (Direction::Ascending, Position::First),
            (Direction::Ascending, Position::After(cursor.clone())),
            (Direction::Descending, Position::Before(cursor)),
        ] {
            states.push(ListState { filter: filter.clone(), sort, dir, position, ..ListState::default() });
        }
    }
    states
}

/// Every plan that the list can have, with its query and what it is for: a page of a list that
/// fills soon, of all matches sorted, and of few.
async fn plans(context: &Context) -> Vec<(ListQuery, ListState, [String; 3])> {
    let mut plans = Vec::new();
    let (staff, filters) = filled(context).await;
    for staff in staff {
        for filter in &filters {
            for state in states(filter) {
                let scope = staff.require(Permission::ViewUsers).unwrap();
                let query = ListQuery::plan(context, scope, filter).await.unwrap();
                let wanted = Wanted::read(&state, PageSize::default(), &mut Vec::new());
                let [walking, sorting, gathering] = query.statements(&wanted);
                let explained = [
                    testing::explain(context, walking).await,
                    testing::explain(context, sorting).await,
                    testing::explain(context, gathering).await,
                ];
                plans.push((query, state, explained));
            }
        }
    }
    plans
}

#[tokio::test]
async fn sqlite_walks_the_index_of_the_sort_or_gathers_what_is_named() {
    // Without statistics, as installations have none.
    let sqlite = testing::sqlite().await;
    for (query, state, plans) in plans(&sqlite.context).await {
        for plan in &plans {
            // What a subquery gives is read to its end; it is called as the table is.
            let of_subqueries =
                plan.matches("CO-ROUTINE accounts").count() + plan.matches("MATERIALIZE accounts").count();
            assert!(plan.matches("SCAN accounts").count() <= of_subqueries, "{state:?}\n{plan}");
        }
        let [walking, sorting, gathering] = &plans;
        let filter = &state.filter;
        // An end that has come is a range of its own index, not one under each sort.
        let status = filter.status.filter(|status| *status != StatusFilter::PasswordExpired);
        if status != filter.status && query.leader.is_none() {
            assert!(gathering.contains("accounts_by_password_expiry (store_id=? AND"), "{state:?}\n{gathering}");
        }
        // The enabled and the disabled are met among all.
        let status = status.filter(|status| *status == StatusFilter::Locked);
        let prefix = match (status, filter.state) {
            (Some(status), None) => format!("accounts_{}_", status.key()),
            (None, Some(state)) => format!("accounts_{}_", state.key()),
            (None, None) => "accounts_".into(),
            (Some(_), Some(_)) => "_".into(),
        };
        let sort = state.sort.key();
        let index = match query.along() {
            Some(table) => format!("{table}_by_{sort} ("),
            None => format!("{prefix}by_{sort} (store_id=?"),
        };
        assert!(walking.contains(&index) && !walking.contains("TEMP B-TREE"), "{state:?}\n{walking}");
        if query.leader.is_some() {
            for plan in [sorting, gathering] {
                let by_name = plan.contains("SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 (id=?)")
                    || plan.contains("SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?)");
                assert!(by_name && !plan.contains("SEARCH accounts USING INDEX accounts_"), "{state:?}\n{plan}");
            }
        } else {
            assert!(gathering.contains("(store_id=?"), "{state:?}\n{gathering}");
        }
    }
}

#[tokio::test]
async fn postgres_reads_no_table_to_its_end() {
    let context = testing::postgres().await;
    for (query, state, plans) in plans(&context).await {
        for plan in &plans {
            assert!(!plan.contains("Seq Scan on accounts"), "{state:?}\n{plan}");
        }
        let filter = &state.filter;
        let only_members = Filter { group: filter.group, organization: filter.organization, ..Filter::default() };
        // An organization beyond the reader's reach is not looked for at all.
        let is_known_empty = plans[0].contains("One-Time Filter: false");
        if query.along().is_some() && *filter == only_members && !is_known_empty {
            let index = format!("memberships_by_{} ", state.sort.key());
            assert!(plans[0].contains(&index), "{state:?}\n{}", plans[0]);
        }
        if query.walks && state.filter.status != Some(StatusFilter::Locked) {
            assert!(!plans[0].contains("Sort"), "{state:?}\n{}", plans[0]);
        }
    }
}
