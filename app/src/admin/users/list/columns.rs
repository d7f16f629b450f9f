//! The columns of the list: head, place on narrow screens, and what a row shows there (U1, U9).

use leptos::prelude::*;
use types::authenticators::FactorKind;
use types::user_list::{ListColumn, SortKey, UserRow};

use super::profile_address;
use crate::ui::{Avatar, Day, Glyph, Icon, Marked, StatusBadge};

pub fn sort_key(column: &ListColumn) -> Option<SortKey> {
    match column {
        ListColumn::Name => Some(SortKey::Name),
        ListColumn::Email => Some(SortKey::Email),
        ListColumn::LastSignIn => Some(SortKey::LastSignIn),
        ListColumn::Created => Some(SortKey::Created),
        ListColumn::Username
        | ListColumn::Phone
        | ListColumn::Status
        | ListColumn::Groups
        | ListColumn::SecondFactor
        | ListColumn::Attribute(_) => None,
    }
}

/// What hides it on narrow screens.
pub fn class(column: &ListColumn) -> &'static str {
    match column {
        ListColumn::Name => "column-name",
        ListColumn::Email => "column-email",
        ListColumn::Username => "column-username",
        ListColumn::Phone => "column-phone",
        ListColumn::Status => "column-status",
        ListColumn::Groups => "column-groups",
        ListColumn::SecondFactor => "column-second-factor",
        ListColumn::LastSignIn => "column-last-sign-in",
        ListColumn::Created => "column-created",
        ListColumn::Attribute(_) => "column-attribute",
    }
}

pub fn cell(column: &ListColumn, row: &UserRow, q: &str) -> AnyView {
    match column {
        ListColumn::Name => name(row, q),
        ListColumn::Email => text(Some(&row.email), q),
        ListColumn::Username => text(row.username.as_ref(), q),
        ListColumn::Phone => text(row.phone.as_ref(), q),
        ListColumn::Status => {
            row.labels.iter().map(|label| view! { <StatusBadge label=*label /> }).collect_view().into_any()
        }
        ListColumn::Groups => groups(row).into_any(),
        ListColumn::SecondFactor => row.second_factor.map(factor).into_any(),
        ListColumn::LastSignIn => view! { <Day at=row.last_sign_in_at /> }.into_any(),
        ListColumn::Created => view! { <Day at=row.created_at /> }.into_any(),
        ListColumn::Attribute(key) => text(row.attributes.get(key), ""),
    }
}

fn factor(kind: FactorKind) -> AnyView {
    view! {
        <span class="factor" title=kind.label()>
            <Icon glyph=Glyph::Shield />
            <span class="sr-only">{kind.label()}</span>
        </span>
    }
    .into_any()
}

fn text(text: Option<&String>, q: &str) -> AnyView {
    let Some(text) = text.cloned() else { return ().into_any() };
    let title = text.clone();
    view! { <span title=title><Marked text query=q /></span> }.into_any()
}

fn name(row: &UserRow, q: &str) -> AnyView {
    view! {
        <div class="name-cell">
            <Avatar name=row.name.clone() seed=row.id.0.as_u128() />
            <span class="name-lines">
                <a class="row-name" href=profile_address(row.id) title=row.name.clone()>
                    <Marked text=row.name.clone() query=q />
                </a>
                {hidden_match(row, q).map(|text| view! { <span class="row-match"><Marked text query=q /></span> })}
                <span class="row-email">
                    <Marked text=row.email.clone() query=q />
                </span>
            </span>
        </div>
    }
    .into_any()
}

/// The username or phone number, when that alone is why the row was found.
fn hidden_match(row: &UserRow, q: &str) -> Option<String> {
    let needle = types::fold::fold(q.trim());
    let found = |text: &str| types::fold::fold(text).contains(&needle);
    if needle.is_empty() || found(&row.name) || found(&row.email) {
        return None;
    }
    [&row.username, &row.phone].into_iter().flatten().find(|text| found(text)).cloned()
}

fn groups(row: &UserRow) -> Option<AnyView> {
    let mut text = row.groups.join(", ");
    if row.more_groups > 0 {
        text += &format!(" +{}", row.more_groups);
    }
    (!text.is_empty()).then(|| view! { <span title=text.clone()>{text.clone()}</span> }.into_any())
}

#[cfg(test)]
mod tests {
    use types::{AccountId, Timestamp};

    use super::*;

    #[test]
    fn says_what_matched_when_no_column_shows_it() {
        let id = "00000000-0000-0000-0000-000000000001".parse::<AccountId>().unwrap();
        let row = UserRow {
            id,
            name: "Ada Lovelace".into(),
            email: "ada@example.org".into(),
            username: Some("countess".into()),
            phone: Some("+441234567".into()),
            labels: Vec::new(),
            groups: Vec::new(),
            more_groups: 0,
            second_factor: None,
            created_at: Timestamp(0),
            last_sign_in_at: None,
            attributes: Default::default(),
        };
        assert_eq!(hidden_match(&row, "ADA"), None);
        assert_eq!(hidden_match(&row, "Count").as_deref(), Some("countess"));
        assert_eq!(hidden_match(&row, "4412").as_deref(), Some("+441234567"));
        assert_eq!(hidden_match(&row, ""), None);
    }
}
