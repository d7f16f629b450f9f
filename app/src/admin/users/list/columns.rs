//! The columns of the list, in order (U1).

use leptos::prelude::*;
use types::user_list::{SortKey, UserRow};

use super::profile_address;
use crate::ui::{Avatar, Marked, Moment, StatusBadge};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Email,
    Status,
    Groups,
    LastSignIn,
    Created,
}

impl Column {
    pub const ALL: [Self; 6] = [Self::Name, Self::Email, Self::Status, Self::Groups, Self::LastSignIn, Self::Created];

    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Email => "Email",
            Self::Status => "Status",
            Self::Groups => "Groups",
            Self::LastSignIn => "Last sign-in",
            Self::Created => "Created",
        }
    }

    pub fn sort_key(self) -> Option<SortKey> {
        match self {
            Self::Name => Some(SortKey::Name),
            Self::Email => Some(SortKey::Email),
            Self::LastSignIn => Some(SortKey::LastSignIn),
            Self::Created => Some(SortKey::Created),
            Self::Status | Self::Groups => None,
        }
    }

    /// What hides it on narrow screens.
    pub fn class(self) -> &'static str {
        match self {
            Self::Name => "column-name",
            Self::Email => "column-email",
            Self::Status => "column-status",
            Self::Groups => "column-groups",
            Self::LastSignIn => "column-last-sign-in",
            Self::Created => "column-created",
        }
    }

    pub fn cell(self, row: &UserRow, q: &str) -> AnyView {
        match self {
            Self::Name => name(row, q),
            Self::Email => {
                view! { <span title=row.email.clone()><Marked text=row.email.clone() query=q /></span> }.into_any()
            }
            Self::Status => {
                row.labels.iter().map(|label| view! { <StatusBadge label=*label /> }).collect_view().into_any()
            }
            Self::Groups => groups(row).into_any(),
            Self::LastSignIn => view! { <Moment at=row.last_sign_in_at /> }.into_any(),
            Self::Created => view! { <Moment at=row.created_at /> }.into_any(),
        }
    }
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

fn groups(row: &UserRow) -> Option<String> {
    let mut text = row.groups.join(", ");
    if row.more_groups > 0 {
        text += &format!(" +{}", row.more_groups);
    }
    (!text.is_empty()).then_some(text)
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
            groups: vec!["Staff".into(), "Poets".into()],
            more_groups: 2,
            created_at: Timestamp(0),
            last_sign_in_at: None,
        };
        assert_eq!(hidden_match(&row, "ADA"), None);
        assert_eq!(hidden_match(&row, "Count").as_deref(), Some("countess"));
        assert_eq!(hidden_match(&row, "4412").as_deref(), Some("+441234567"));
        assert_eq!(hidden_match(&row, ""), None);
        assert_eq!(groups(&row).as_deref(), Some("Staff, Poets +2"));
    }
}
