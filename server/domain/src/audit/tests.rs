//! What the log finds, for whom, and what it costs.

use types::events::EventKind;
use types::permissions::BuiltInRole;

use super::*;
use crate::events::{Event, write_all};
use crate::{Context, Error, testing};

async fn write(context: &Context, events: Vec<Event>) {
    let transaction = context.database.begin().await.unwrap();
    for batch in events.chunks(1_000) {
        write_all(&transaction, context, batch.to_vec()).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn notes(context: &Context, staff: &Staff, filter: &AuditFilter) -> Vec<String> {
    let page = search(&context.database, staff, filter, None).await.unwrap();
    page.rows.into_iter().filter_map(|row| row.event.note).collect()
}

#[tokio::test]
async fn finds_by_each_part_and_by_all_of_them() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::user(&context, &owner, "ada").await;
        let eve = testing::user(&context, &owner, "eve").await;
        let mut elsewhere = context.clone();
        elsewhere.origin.ip = Some("198.51.100.7".into());
        write(&context, vec![Event::new(EventKind::SignedOut).by_account(ada).on(eve).note(Some("one"))]).await;
        context.clock.advance_seconds(3 * 24 * 60 * 60);
        write(&elsewhere, vec![Event::new(EventKind::SignInFailed).refused().on(ada).note(Some("two"))]).await;
        let day = Timestamp::parse_date(&context.now().date());
        let part = |change: &dyn Fn(&mut AuditFilter)| {
            let mut filter = AuditFilter::default();
            change(&mut filter);
            filter
        };
        for (filter, found) in [
            (part(&|filter| filter.actor = "ADA@example.com".into()), vec!["one"]),
            (part(&|filter| filter.subject = eve.to_string()), vec!["one"]),
            (part(&|filter| filter.subject = "ada@example.com".into()), vec!["two"]),
            (part(&|filter| filter.kind = Some(EventKind::SignInFailed)), vec!["two"]),
            (part(&|filter| filter.outcome = Some(Outcome::Refused)), vec!["two"]),
            (part(&|filter| filter.outcome = Some(Outcome::Done)), vec!["one"]),
            (part(&|filter| filter.ip = "198.51.100.7".into()), vec!["two"]),
            (part(&|filter| filter.from = day), vec!["two"]),
            (part(&|filter| filter.until = Some(testing::START)), vec!["one"]),
            (part(&|_| {}), vec!["two", "one"]),
            (
                AuditFilter {
                    actor: ada.to_string(),
                    subject: eve.to_string(),
                    kind: Some(EventKind::SignedOut),
                    outcome: Some(Outcome::Done),
                    ip: "192.0.2.1".into(),
                    from: Timestamp::parse_date("2026-11-01"),
                    until: Timestamp::parse_date("2026-11-30"),
                },
                vec!["one"],
            ),
            (AuditFilter { ip: "192.0.2.9\0".into(), ..AuditFilter::default() }, vec![]),
        ] {
            assert_eq!(notes(&context, &owner, &filter).await, found, "{filter:?}");
        }
        let nobody = part(&|filter| filter.actor = "nobody".into());
        let page = search(&context.database, &owner, &nobody, None).await.unwrap();
        assert_eq!((page.rows.len(), page.notices.len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn pages_give_every_event_once_and_stop_looking_in_time() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::user(&context, &owner, "ada").await;
        write(&context, vec![Event::new(EventKind::SignedOut).on(ada).note(Some("rare")).refused()]).await;
        context.clock.advance_seconds(1);
        write(&context, (0..WALK + 60).map(|_| Event::new(EventKind::SignedIn).by_account(ada).on(ada)).collect())
            .await;
        let filter = AuditFilter { subject: ada.to_string(), ..AuditFilter::default() };
        let (mut seen, mut older) = (std::collections::HashSet::new(), None);
        for _ in 0..3 {
            let page = search(&context.database, &owner, &filter, older.as_deref()).await.unwrap();
            assert_eq!((page.rows.len(), page.searched_to), (PAGE_ROWS, None));
            seen.extend(page.rows.iter().map(|row| row.event.id));
            older = page.older;
        }
        assert_eq!(seen.len(), 3 * PAGE_ROWS);
        // The rare one lies behind more than is looked at for one page.
        let filter = AuditFilter { outcome: Some(Outcome::Refused), ..filter };
        let page = search(&context.database, &owner, &filter, None).await.unwrap();
        assert!(page.rows.is_empty() && page.searched_to.is_some());
        let page = search(&context.database, &owner, &filter, page.older.as_deref()).await.unwrap();
        assert_eq!((page.rows.len(), page.older, page.searched_to), (1, None, None));
        for garbage in ["", "x", "5.x", "\0"] {
            let page = search(&context.database, &owner, &AuditFilter::default(), Some(garbage)).await.unwrap();
            assert_eq!(page.rows.len(), PAGE_ROWS, "{garbage:?}");
        }
        let batch = export_batch(&context.database, &owner, &AuditFilter::default(), None).await.unwrap();
        assert_eq!(batch.rows.len(), EXPORT_ROWS);
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_finds_events_about_their_own_people_only() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let inside = testing::user(&context, &owner, "inside").await;
        let outside = testing::user(&context, &owner, "outside").await;
        let few = testing::organization(&context, "Few", &[inside]).await;
        let many = testing::many(&context, FEW_MEMBERS + 1, |at| testing::form(&format!("person{at}"))).await;
        let members: Vec<_> = many.iter().copied().chain([inside]).collect();
        let big = testing::organization(&context, "Many", &members).await;
        write(
            &context,
            vec![
                Event::new(EventKind::SignedOut).on(outside).note(Some("secret")),
                Event::new(EventKind::SignedOut).by_account(outside).on(inside).note(Some("seen")),
                Event::new(EventKind::GroupCreated).note(Some("nobody's")),
            ],
        )
        .await;
        for (name, place) in [("few", few), ("many", big)] {
            let desk = testing::staff_with(&context, &owner, name, BuiltInRole::HelpDesk, Some(place)).await;
            let all = AuditFilter::default();
            assert_eq!(notes(&context, &desk, &all).await, ["seen"]);
            for filter in [
                AuditFilter { kind: Some(EventKind::SignedOut), ..all.clone() },
                AuditFilter { subject: "inside@example.com".into(), ..all.clone() },
                AuditFilter { outcome: Some(Outcome::Done), from: Some(Timestamp(0)), ..all.clone() },
            ] {
                assert_eq!(notes(&context, &desk, &filter).await, ["seen"], "{filter:?}");
            }
            // Somebody outside, and nobody at all, are answered alike.
            let answer = async |subject: String| {
                let filter = AuditFilter { subject, ..AuditFilter::default() };
                let page = search(&context.database, &desk, &filter, None).await.unwrap();
                (page.rows.len(), page.notices.len())
            };
            for hidden in [outside.to_string(), "outside@example.com".into(), context.id().to_string()] {
                assert_eq!(answer(hidden).await, (0, 1));
            }
            let theirs = of_user(&context.database, &desk, outside, &all, None).await;
            assert!(matches!(theirs, Err(Error::NotFound("user"))));
            let batch = export_batch(&context.database, &desk, &all, None).await.unwrap();
            assert!(batch.rows.iter().all(|row| row.event.note.as_deref() != Some("secret")));
        }
        let none = testing::onboarded(&context, &owner, "none").await;
        testing::give_permissions(&context, none, &[Permission::ViewUsers], None).await;
        let none = testing::staff(&context, none).await;
        let refused = search(&context.database, &none, &AuditFilter::default(), None).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_concealed_is_not_found_by_guessing_it() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let inside = testing::user(&context, &owner, "inside").await;
        let few = testing::organization(&context, "Few", &[inside]).await;
        let many = testing::many(&context, FEW_MEMBERS + 1, |at| testing::form(&format!("person{at}"))).await;
        let big = testing::organization(&context, "Many", &[many, vec![inside]].concat()).await;
        let mut elsewhere = context.clone();
        elsewhere.origin.ip = Some("198.51.100.7".into());
        // More than a page looks at, and of somebody beyond reach.
        let beyond = |_| Event::new(EventKind::SignedIn).by(&owner).on(owner.account);
        write(&elsewhere, (0..WALK + 1).map(beyond).collect()).await;
        write(&elsewhere, vec![Event::new(EventKind::SignedOut).by(&owner).on(inside).note(Some("secret"))]).await;
        context.clock.advance_seconds(1);
        for (name, place) in [("few", few), ("many", big)] {
            let desk = testing::staff_with(&context, &owner, name, BuiltInRole::HelpDesk, Some(place)).await;
            let by = |ip: &str| AuditFilter { ip: ip.into(), ..AuditFilter::default() };
            let there = search(&context.database, &desk, &by("198.51.100.7"), None).await.unwrap();
            assert!(there.rows.is_empty());
            assert_eq!(there, search(&context.database, &desk, &by("203.0.113.9"), None).await.unwrap());
            let of_inside = of_user(&context.database, &desk, inside, &by("198.51.100.7"), None).await.unwrap();
            assert!(of_inside.events.is_empty() && of_inside.older.is_none());
            let batch = export_batch(&context.database, &desk, &by("198.51.100.7"), None).await.unwrap();
            assert!(batch.rows.is_empty());
            assert_eq!(notes(&context, &owner, &by("198.51.100.7")).await, ["secret"]);
            // What is shown is found: of who is within reach, of oneself, of nobody.
            let shown = |actor: Option<AccountId>| {
                let event = Event::new(EventKind::SignedOut).on(inside).note(Some(name));
                actor.map_or(event.clone(), |actor| event.by_account(actor))
            };
            let mut from = context.clone();
            from.origin.ip = Some(format!("192.0.2.{}", name.len()));
            write(&from, vec![shown(Some(inside)), shown(Some(desk.account)), shown(None)]).await;
            let found = notes(&context, &desk, &by(from.origin.ip.as_deref().unwrap())).await;
            assert_eq!(found, [name; 3]);
        }
    })
    .await;
}

/// Every lead reads a range of its index, backwards, and sorts nothing but what it has gathered.
#[tokio::test]
async fn plans_read_ranges_of_indexes() {
    testing::on_both(|context| async move {
        let owner = testing::owner(&context).await;
        let ada = testing::user(&context, &owner, "ada").await;
        let ids = testing::many(&context, 300, |at| testing::form(&format!("person{at}"))).await;
        let few = testing::organization(&context, "Few", &ids[..40]).await;
        let many = testing::organization(&context, "Many", &ids).await;
        let kinds = EventKind::ALL;
        let event = |at: usize| Event::new(kinds[at % kinds.len()]).by_account(ids[at % 300]).on(ids[at * 7 % 300]);
        write(&context, (0..12_000).map(event).collect()).await;
        if !context.database.is_sqlite() {
            context.database.read().execute_unprepared("ANALYZE").await.unwrap();
        }
        let desks = [
            owner.clone(),
            testing::staff_with(&context, &owner, "few", BuiltInRole::HelpDesk, Some(few)).await,
            testing::staff_with(&context, &owner, "many", BuiltInRole::HelpDesk, Some(many)).await,
        ];
        let cursor = Some((context.now(), EventId(context.id())));
        for staff in desks {
            let scope = staff.require(Permission::ViewEvents).unwrap();
            for part in 0..16 {
                let has = |bit: usize| part >> bit & 1 == 1;
                let filter = AuditFilter {
                    kind: has(0).then_some(EventKind::SignedIn),
                    outcome: has(1).then_some(Outcome::Refused),
                    ip: if has(2) { "192.0.2.9".into() } else { String::new() },
                    from: has(3).then_some(testing::START),
                    ..AuditFilter::default()
                };
                for (actor, subject) in [(None, None), (Some(ada), None), (None, Some(ada)), (Some(ada), Some(ada))] {
                    let query =
                        Query::plan(&context.database, (&scope, staff.account), &filter, actor, subject).await.unwrap();
                    let statement = query.statement(cursor, 51);
                    let (explain, column) = match context.database.backend() {
                        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
                        _ => ("EXPLAIN", "QUERY PLAN"),
                    };
                    let text = Statement::from_string(context.database.backend(), format!("{explain} {statement}"));
                    // So few rows would else be read from their beginning rather than by any index.
                    let rows = context.database.search().query_all_raw(text).await.unwrap();
                    let plan: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
                    let plan = plan.join("\n");
                    assert!(!plan.contains("Seq Scan on events"), "{filter:?} {actor:?} {subject:?}\n{plan}");
                    assert!(!plan.contains("SCAN events\n") && !plan.ends_with("SCAN events"), "{filter:?}\n{plan}");
                    if context.database.is_sqlite() {
                        assert!(plan.contains("events USING INDEX events_"), "{filter:?}\n{plan}");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_older_than_the_setting_goes_and_nothing_does_by_default() {
    testing::on_both(|context| async move {
        use types::settings::Settings;
        let owner = testing::owner(&context).await;
        write(&context, vec![Event::new(EventKind::SignedOut).note(Some("old"))]).await;
        context.clock.advance_seconds(40 * 24 * 60 * 60);
        write(&context, vec![Event::new(EventKind::SignedOut).note(Some("new"))]).await;
        let both = AuditFilter { kind: Some(EventKind::SignedOut), ..AuditFilter::default() };
        purge(&context).await.unwrap();
        assert_eq!(notes(&context, &owner, &both).await, ["new", "old"]);
        let store = crate::stores::default_store(context.database.read()).await.unwrap();
        let save = async |before: u32, days: u32| {
            let section = |retention_days| AuditLog { retention_days }.into_section();
            crate::settings::save(&context, &owner, store, &section(before), &section(days)).await
        };
        assert_eq!(testing::wrong_fields(save(0, 7).await.unwrap_err()), ["retention_days"]);
        save(0, 30).await.unwrap();
        purge(&context).await.unwrap();
        assert_eq!(notes(&context, &owner, &both).await, ["new"]);
    })
    .await;
}
