//! Imports from the upload to the accounts, on both databases.

use db::entities::accounts;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::bulk::{BulkAction, BulkReport, JobState};
use types::events::EventKind;
use types::import::{Existing, ImportPlan};
use types::permissions::BuiltInRole;
use types::{ImportId, JobId};

use super::*;
use crate::messages::{Alert, Content};
use crate::{Context, Error, Staff, jobs, testing};

async fn upload(context: &Context, staff: &Staff, text: &str) -> ImportId {
    let mut upload = Upload::begin(context, staff, "people.csv").await.unwrap();
    upload.push(text.as_bytes()).await.unwrap();
    upload.finish().await.unwrap()
}

/// The plan that the page would send when nothing is changed.
async fn plan(context: &Context, staff: &Staff, import: ImportId, existing: Existing) -> ImportPlan {
    let file = file(&context.database, staff, import, None).await.unwrap();
    let columns = file.columns.into_iter().map(|column| column.guess).collect();
    ImportPlan {
        import,
        store: None,
        columns,
        existing,
        group: None,
        role: None,
        organization: None,
        activation_mail: false,
    }
}

async fn run(context: &Context, staff: &Staff, plan: &ImportPlan, is_dry: bool) -> BulkReport {
    let job = start(context, staff, plan, is_dry).await.unwrap().job;
    while jobs::run_open(context).await.unwrap() {}
    jobs::report(&context.database, staff, job).await.unwrap()
}

fn counted(report: &BulkReport) -> (i64, i64, i64) {
    assert_eq!((report.state, report.handled()), (JobState::Done, report.total));
    (report.done, report.skipped, report.failed)
}

async fn people(context: &Context) -> u64 {
    accounts::Entity::find().count(context.database.read()).await.unwrap()
}

async fn by_email(context: &Context, email: &str) -> accounts::Model {
    let row = accounts::Entity::find().filter(accounts::Column::EmailKey.eq(email)).one(context.database.read()).await;
    row.unwrap().unwrap()
}

async fn whole_rejected(context: &Context, staff: &Staff, job: JobId) -> Vec<Vec<String>> {
    rejected(&context.database, staff, job, 0).await.unwrap().0
}

const MIXED: &str = "login,firstName,lastName,email,mobilePhone\n\
    ada,Ada,Lovelace,ada@example.com,+44 20 7946 0000\n\
    bob@example.com,Bob,,bob@example.com,\n\
    ,No,Address,nobody,\n\
    ada,Second,Ada,ada2@example.com,\n\
    ,=cmd|calc,\"O'Brien, \"\"Jr\"\"\",formula@example.com,12\n\
    ,Eve,,eve@example.com,\n\
    ,Too,Many,many@example.com,,cells\n";

#[tokio::test]
async fn a_dry_run_tells_the_problems_by_row_and_column_and_writes_nothing() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        testing::user(&context, &owner, "eve").await;
        let import = upload(&context, &owner, MIXED).await;
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        let before = people(&context).await;
        let report = run(&context, &owner, &plan, true).await;
        assert_eq!(counted(&report), (2, 0, 5));
        assert_eq!(people(&context).await, before);
        let found = problems(&context.database, &owner, report.job).await.unwrap();
        let found: Vec<_> = found.iter().map(|one| (one.row, one.column.as_deref().unwrap_or(""))).collect();
        assert_eq!(found, [(4, "email"), (5, "login"), (6, "mobilePhone"), (7, "email"), (8, "")]);
        // And then it does what it said.
        let done = run(&context, &owner, &plan, false).await;
        assert_eq!(counted(&done), (2, 0, 5));
        assert_eq!(people(&context).await, before + 2);
        let ada = by_email(&context, "ada@example.com").await;
        assert_eq!((ada.username.as_deref(), ada.name.as_str()), (Some("ada"), "Ada Lovelace"));
        assert_eq!(by_email(&context, "bob@example.com").await.username, None);
        assert_eq!(testing::events_of(&context, ada.id, EventKind::AccountCreated).await, 1);
        // The same again: nobody new.
        let again = run(&context, &owner, &plan, false).await;
        assert_eq!((counted(&again), people(&context).await), ((0, 0, 7), before + 2));
    })
    .await;
}

#[tokio::test]
async fn rejected_rows_come_back_as_they_were_with_the_reason() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let import = upload(&context, &owner, MIXED).await;
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        let report = run(&context, &owner, &plan, false).await;
        let rows = whole_rejected(&context, &owner, report.job).await;
        assert_eq!(rows[0], ["login", "firstName", "lastName", "email", "mobilePhone", "Reason"]);
        assert_eq!(rows.len() as i64, report.failed + 1);
        let formula = rows.iter().find(|row| row[1] == "=cmd|calc").unwrap();
        assert_eq!(formula[2], "O'Brien, \"Jr\"");
        assert!(formula[5].starts_with("mobilePhone: "));
    })
    .await;
}

#[tokio::test]
async fn telephone_numbers_are_checked_and_may_have_the_apostrophe_of_an_export() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let text = "Email,First name,Phone\n\
            ada@example.com,'=Ada,'+41446681800\n\
            bob@example.com,'Bob,+999123456\n\
            cyd@example.com,Cyd,'0041446681800\n";
        let import = upload(&context, &owner, text).await;
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        for is_dry in [true, false] {
            let report = run(&context, &owner, &plan, is_dry).await;
            assert_eq!(counted(&report), (1, 0, 2), "{is_dry}");
            let problems = problems(&context.database, &owner, report.job).await.unwrap();
            assert!(problems.iter().all(|one| one.column.as_deref() == Some("Phone")), "{problems:?}");
        }
        let ada = by_email(&context, "ada@example.com").await;
        assert_eq!((ada.first_name.as_str(), ada.phone.as_deref()), ("=Ada", Some("+41446681800")));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_another_store_has_too_is_told() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let store = testing::another_store(&context).await;
        let import = upload(&context, &owner, "email\nowner@example.com\nada@example.com\n").await;
        let plan = ImportPlan { store: Some(store), ..plan(&context, &owner, import, Existing::Reject).await };
        for is_dry in [true, false] {
            let report = run(&context, &owner, &plan, is_dry).await;
            assert_eq!(counted(&report), (2, 0, 0), "{is_dry}");
            let told = (types::import::SHARED_ADDRESS.to_owned(), 1);
            assert!(report.reasons.contains(&told), "{:?}", report.reasons);
        }
    })
    .await;
}

#[tokio::test]
async fn updating_changes_what_the_cells_say_and_nothing_else() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        let text = "Email;First Name;Last Name\n\
            ADA@example.com;Ada;Lovelace\n\
            ada@example.com;;King\n\
            bob@example.com;bob;\n\
            owner@example.com;Mallory;\n";
        testing::user(&context, &owner, "bob").await;
        let import = upload(&context, &admin, text).await;
        let plan = plan(&context, &admin, import, Existing::UpdateByEmail).await;
        for is_dry in [true, false] {
            let report = run(&context, &admin, &plan, is_dry).await;
            assert_eq!(counted(&report), (2, 1, 1), "{is_dry}");
            let parts = [("created".to_owned(), 1), ("updated".to_owned(), 1)];
            assert!(parts.iter().all(|part| report.reasons.contains(part)), "{:?}", report.reasons);
        }
        let ada = by_email(&context, "ada@example.com").await;
        assert_eq!((ada.first_name.as_str(), ada.last_name.as_str()), ("Ada", "King"));
        assert_eq!(testing::events_of(&context, ada.id, EventKind::AccountEdited).await, 1);
        assert_eq!(by_email(&context, "owner@example.com").await.first_name, "owner");
    })
    .await;
}

#[tokio::test]
async fn updating_by_username_moves_an_address_unless_it_is_taken() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let import = upload(&context, &owner, "username,email\nada,ada@example.com\nbob,bob@example.com\n").await;
        let created = plan(&context, &owner, import, Existing::Reject).await;
        assert_eq!(counted(&run(&context, &owner, &created, false).await), (2, 0, 0));
        let ada = by_email(&context, "ada@example.com").await.id;
        testing::session(&context, ada).await;
        testing::bulk(&context, &owner, BulkAction::SendActivation, &[ada]).await;
        let mails = testing::mailed(&context, "ada@example.com").await;
        let Some(Content::Activation { token, .. }) = mails.last() else { panic!("{mails:?}") };
        let import = upload(&context, &owner, "username,email\nada,ada@new.example\nbob,ada@new.example\n").await;
        let moved = plan(&context, &owner, import, Existing::UpdateByUsername).await;
        assert_eq!(counted(&run(&context, &owner, &moved, false).await), (1, 0, 1));
        assert_eq!(by_email(&context, "ada@new.example").await.id, ada);
        assert_eq!(testing::open_sessions(&context, ada).await, 0);
        // As an edit does: what went to the old address works no more, and both addresses are told.
        let shown = crate::activation::look(&context, token).await.unwrap();
        assert!(shown.is_err());
        assert_eq!(by_email(&context, "ada@new.example").await.activation_expires_at, Some(context.now()));
        for address in ["ada@example.com", "ada@new.example"] {
            assert_eq!(testing::alerted(&context, address).await, [Alert::EmailChangedByStaff]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_that_would_take_a_second_factor_needs_the_permission_for_that() {
    testing::on_both(|context| async move {
        use types::Permission::{CreateUsers, EditUsers, ViewUsers};
        let owner = testing::owner(&context).await;
        let form = types::accounts::AccountForm { username: "ada".into(), ..testing::form("ada") };
        let ada = testing::onboarded(&context, &owner, "ada").await;
        crate::users::edit(&context, &owner, ada, &form, 1).await.unwrap();
        testing::email_codes(&context, ada).await;
        let id = testing::onboarded(&context, &owner, "adder").await;
        testing::give_permissions(&context, id, &[ViewUsers, CreateUsers, EditUsers], None).await;
        let adder = testing::staff(&context, id).await;
        for (staff, done) in [(&adder, (0, 0, 1)), (&owner, (1, 0, 0))] {
            let import = upload(&context, staff, "username,email\nada,ada@new.example\n").await;
            let moved = plan(&context, staff, import, Existing::UpdateByUsername).await;
            for is_dry in [true, false] {
                assert_eq!(counted(&run(&context, staff, &moved, is_dry).await), done, "{is_dry}");
            }
        }
        assert_eq!(testing::events_of(&context, ada, EventKind::AuthenticatorRemoved).await, 1);
    })
    .await;
}

#[tokio::test]
async fn group_and_role_are_given_to_everybody_of_the_file() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let group = testing::group(&context, "New", &[]).await;
        let role = testing::role(&context, BuiltInRole::Auditor).await;
        let bob = testing::user(&context, &owner, "bob").await;
        let import = upload(&context, &owner, "email\nada@example.com\nbob@example.com\n").await;
        let mut plan = plan(&context, &owner, import, Existing::UpdateByEmail).await;
        (plan.group, plan.role) = (Some(group), Some(role));
        assert_eq!(counted(&run(&context, &owner, &plan, false).await), (2, 0, 0));
        for id in [bob, by_email(&context, "ada@example.com").await.id] {
            assert_eq!(testing::events_of(&context, id, EventKind::GroupAdded).await, 1);
            assert_eq!(testing::events_of(&context, id, EventKind::RoleAssigned).await, 1);
        }
        let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::Administrator, None).await;
        plan.role = Some(testing::role(&context, BuiltInRole::Owner).await);
        plan.import = upload(&context, &desk, "email\neve@example.com\n").await;
        assert!(matches!(start(&context, &desk, &plan, false).await, Err(Error::NotAllowed(_))));
    })
    .await;
}

#[tokio::test]
async fn attributes_are_guessed_checked_by_their_rules_and_stored() {
    testing::on_both(|context| async move {
        use types::attributes::AttributeKind;
        let owner = testing::owner(&context).await;
        testing::attribute(&context, &owner, "badge", AttributeKind::Text, |form| {
            form.unique = true;
            form.searchable = true;
            form.pattern = "[A-Z][0-9]+".into();
        })
        .await;
        testing::attribute(&context, &owner, "team", AttributeKind::Choice, |form| {
            form.choices = "Sales\nLaw".into();
            form.required = true;
        })
        .await;
        testing::attribute(&context, &owner, "salary", AttributeKind::Number, |form| form.console_visible = false)
            .await;
        let held = testing::form_with("held", &[("badge", "A9"), ("team", "Law")]);
        crate::users::create(&context, &owner, &held, &[]).await.unwrap();
        let text = "E-Mail,Badge,TEAM,salary\n\
            ada@example.com,A1,sales,5\n\
            bob@example.com,x1,Law,\n\
            cid@example.com,A1,Law,\n\
            dee@example.com,A9,Law,\n\
            eve@example.com,,,\n\
            fay@example.com,A2,Cleaning,\n";
        let import = upload(&context, &owner, text).await;
        let seen = file(&context.database, &owner, import, None).await.unwrap();
        let guesses: Vec<_> = seen.columns.iter().map(|column| column.guess.as_deref()).collect();
        assert_eq!(guesses, [Some("email"), Some("badge"), Some("team"), None]);
        assert!(seen.targets.iter().all(|target| target.key != "salary"));
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        for is_dry in [true, false] {
            let report = run(&context, &owner, &plan, is_dry).await;
            assert_eq!(counted(&report), (1, 0, 5), "{is_dry}");
            let found = problems(&context.database, &owner, report.job).await.unwrap();
            let found: Vec<_> = found.iter().map(|one| (one.row, one.column.as_deref().unwrap_or(""))).collect();
            assert_eq!(found, [(3, "Badge"), (4, "Badge"), (5, "Badge"), (6, "TEAM"), (7, "TEAM")], "{is_dry}");
        }
        let ada = by_email(&context, "ada@example.com").await;
        assert_eq!(ada.attribute_values.as_deref(), Some(r#"{"badge":"A1","team":"Sales"}"#));
        let filter = types::user_list::Filter { fields: [("badge".into(), "a1".into())].into(), ..Default::default() };
        let state = types::user_list::ListState { filter, ..Default::default() };
        assert_eq!(crate::users::list(&context, &owner, &state).await.unwrap().rows[0].id, ada.id);
        // Updating changes what the cells say; what an account has itself is not taken.
        let import = upload(&context, &owner, "email,badge,team\nada@example.com,A1,Law\n").await;
        let update = ImportPlan {
            import,
            columns: vec![Some("email".into()), Some("badge".into()), Some("team".into())],
            existing: Existing::UpdateByEmail,
            ..plan.clone()
        };
        assert_eq!(counted(&run(&context, &owner, &update, false).await), (1, 0, 0));
        assert_eq!(counted(&run(&context, &owner, &update, false).await), (0, 1, 0));
        let ada = by_email(&context, "ada@example.com").await;
        assert_eq!(ada.attribute_values.as_deref(), Some(r#"{"badge":"A1","team":"Law"}"#));
        // Somebody new without a column for what must be filled in.
        let import = upload(&context, &owner, "email\nnew@example.com\n").await;
        let bare = ImportPlan { import, columns: vec![Some("email".into())], ..plan };
        let report = run(&context, &owner, &bare, true).await;
        let found = problems(&context.database, &owner, report.job).await.unwrap();
        assert_eq!((found.len(), found[0].column.as_deref()), (1, None));
        assert!(found[0].message.starts_with("TEAM: "));
    })
    .await;
}

#[tokio::test]
async fn another_store_takes_its_own_people_and_groups_and_who_is_new_is_mailed() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let store = testing::another_store(&context).await;
        testing::user(&context, &owner, "ada").await;
        let import = upload(&context, &owner, "email\nada@example.com\n").await;
        let plan = ImportPlan {
            store: Some(store),
            activation_mail: true,
            ..plan(&context, &owner, import, Existing::Reject).await
        };
        let elsewhere = Some(testing::group(&context, "Of the default store", &[]).await);
        let refused = start(&context, &owner, &ImportPlan { group: elsewhere, ..plan.clone() }, false).await;
        assert!(matches!(refused, Err(Error::NotFound("group"))));
        assert_eq!(counted(&run(&context, &owner, &plan, true).await), (1, 0, 0));
        assert_eq!(testing::messages(&context).await.len(), 0);
        assert_eq!(counted(&run(&context, &owner, &plan, false).await), (1, 0, 0));
        let there = accounts::Entity::find()
            .filter(accounts::Column::StoreId.eq(store))
            .all(context.database.read())
            .await
            .unwrap();
        assert_eq!((there.len(), there[0].activation_sent_at.is_some()), (1, true));
        assert_eq!(testing::messages(&context).await.len(), 1);
        assert_eq!(testing::events_of(&context, there[0].id, EventKind::ActivationSent).await, 1);
        let gone = ImportPlan { store: Some(types::StoreId(context.id())), ..plan.clone() };
        assert!(matches!(start(&context, &owner, &gone, true).await, Err(Error::NotFound(_))));
        // Who may add users and send no mails cannot send any this way.
        let id = testing::onboarded(&context, &owner, "adder").await;
        testing::give_permissions(&context, id, &[types::Permission::CreateUsers], None).await;
        let adder = testing::staff(&context, id).await;
        let theirs = upload(&context, &adder, "email\nbob@example.com\n").await;
        let refused = start(&context, &adder, &ImportPlan { import: theirs, ..plan }, false).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
    })
    .await;
}

#[tokio::test]
async fn many_rows_go_on_where_a_node_stopped_and_nobody_comes_twice() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let mut text = String::from("email,name,note\n");
        for at in 0..3_000 {
            text += &format!("person{at}@example.com,Person Number {at},\"two\nlines\"\n");
        }
        text += "person7@example.com,Again,\n";
        let import = upload(&context, &owner, &text).await;
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        let report = run(&context, &owner, &plan, true).await;
        assert_eq!(counted(&report), (3_000, 0, 1));
        let job = start(&context, &owner, &plan, false).await.unwrap().job;
        let _ = futures::poll!(std::pin::pin!(jobs::run_open(&context)));
        context.clock.advance_seconds(60);
        while jobs::run_open(&context).await.unwrap() {}
        let report = jobs::report(&context.database, &owner, job).await.unwrap();
        assert_eq!(counted(&report), (3_000, 0, 1));
        assert_eq!(people(&context).await, 3_001);
        assert_eq!(by_email(&context, "person7@example.com").await.last_name, "7");
    })
    .await;
}

#[tokio::test]
async fn is_for_whoever_uploaded_it_and_columns_must_make_sense() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
        let import = upload(&context, &owner, "email,mail\nada@example.com,x\n").await;
        assert!(matches!(file(&context.database, &admin, import, None).await, Err(Error::NotFound("import"))));
        let plan = plan(&context, &owner, import, Existing::Reject).await;
        assert!(matches!(start(&context, &admin, &plan, true).await, Err(Error::NotFound("import"))));
        let email = || Some("email".to_owned());
        for columns in [vec![email()], vec![email(), email()], vec![None, None], vec![email(), Some("shoe".into())]] {
            let wrong = start(&context, &owner, &ImportPlan { columns, ..plan.clone() }, true).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["columns"]);
        }
        let report = run(&context, &owner, &plan, false).await;
        assert!(matches!(problems(&context.database, &admin, report.job).await, Err(Error::NotFound("import"))));
        context.clock.advance_seconds(3 * 24 * 60 * 60);
        purge_old(&context).await.unwrap();
        assert!(matches!(file(&context.database, &owner, import, None).await, Err(Error::NotFound("import"))));
    })
    .await;
}
