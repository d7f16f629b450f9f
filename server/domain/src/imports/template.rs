//! The template of an import: the columns that accounts of a store have, and a row to write over.

use types::StoreId;
use types::attributes::{AttributeDefinition, AttributeKind};
use types::import::TEMPLATE;

use super::guess::importable;
use crate::{Result, Roster, Staff, attributes, stores};

/// Header and example; `None`, and a store that is not there: the default one's. Any staff who see users.
pub async fn template(roster: &Roster, staff: &Staff, store: Option<StoreId>) -> Result<Vec<Vec<String>>> {
    staff.require(types::Permission::ViewUsers)?;
    let store = stores::or_default(roster, store).await?;
    let all = attributes::of_store(roster.database.read(), store).await?;
    let of_store: Vec<_> = importable(&all).collect();
    let [mut header, mut row] = TEMPLATE.map(|cells| cells.map(str::to_owned).to_vec());
    header.extend(of_store.iter().map(|one| one.key.clone()));
    row.extend(of_store.iter().map(|one| example(one)));
    Ok(vec![header, row])
}

fn example(one: &AttributeDefinition) -> String {
    match one.kind {
        AttributeKind::Text => "Example",
        AttributeKind::Number => "1",
        AttributeKind::YesNo => "yes",
        AttributeKind::Date => "2000-01-31",
        AttributeKind::Email => "ada@example.com",
        AttributeKind::Phone => "+44 20 7946 0000",
        AttributeKind::Url => "https://example.com",
        AttributeKind::Choice | AttributeKind::MultipleChoice => {
            return one.choices.first().cloned().unwrap_or_default();
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn what_it_has_can_be_imported_into_its_store() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            for kind in AttributeKind::ALL {
                testing::attribute(&context, &owner, &format!("own_{}", kind.key()), *kind, |form| {
                    form.required = true;
                    if kind.has_choices() {
                        form.choices = "One\nTwo".into();
                    }
                })
                .await;
            }
            let lines = template(&context, &owner, None).await.unwrap();
            let file = lines.iter().map(|line| line.join(",") + "\n").collect::<String>();
            let mut upload = super::super::Upload::begin(&context, &owner, "template.csv").await.unwrap();
            upload.push(file.as_bytes()).await.unwrap();
            let import = upload.finish().await.unwrap();
            let seen = super::super::file(&context.database, &owner, import, None).await.unwrap();
            let columns: Vec<_> = seen.columns.into_iter().map(|column| column.guess).collect();
            assert!(columns.iter().all(Option::is_some), "{columns:?}");
            let plan = types::import::ImportPlan {
                import,
                store: None,
                columns,
                existing: types::import::Existing::Reject,
                group: None,
                role: None,
                organization: None,
                activation_mail: false,
            };
            let job = super::super::start(&context, &owner, &plan, true).await.unwrap().job;
            while crate::jobs::run_open(&context).await.unwrap() {}
            let report = crate::jobs::report(&context.database, &owner, job).await.unwrap();
            let problems = super::super::problems(&context.database, &owner, job).await.unwrap();
            assert_eq!((report.done, report.failed), (1, 0), "{problems:?}");
        })
        .await;
    }
}
