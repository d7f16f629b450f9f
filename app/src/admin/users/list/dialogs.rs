//! The dialogs of the user list. Most visits need none of them: their code comes, all at once, when the
//! first one opens.

use leptos::prelude::*;
use types::user_list::{Filter, ListColumn, ListState};
use types::{AccountId, StoreId};

use super::columns_dialog::ColumnsDialog;
use super::export_dialog::ExportDialog;
use super::filter_dialog::FilterDialog;
use super::shortcuts::Shortcuts;
use super::unlock::Unlock;
use super::views_dialog::ViewsDialog;
use crate::admin::users::activation_link::{self, ActivationLinkDialogs};
use crate::admin::users::bulk::{BulkDialogs, Request};
use crate::admin::users::create::AddUserDialog;
use crate::admin::users::invite::InviteUserDialog;
use crate::admin::users::last_list::UserSelection;
use crate::admin::users::second_factor::{self, SecondFactorDialog};

/// Which one, with what it shows and whom it tells.
pub enum RareDialog {
    ActivationLink(activation_link::Whose, Callback<()>),
    AddUser(RwSignal<bool>, Signal<Option<StoreId>>, Callback<AccountId>),
    Bulk(RwSignal<Option<Request>>, Callback<Request>),
    Columns(RwSignal<bool>, Signal<Filter>, StoredValue<Vec<ListColumn>>, Callback<Option<Vec<ListColumn>>>),
    Export(RwSignal<bool>, Signal<Filter>, RwSignal<UserSelection>),
    Filter(RwSignal<bool>, Signal<Filter>, Callback<Filter>),
    InviteUser(RwSignal<bool>, Signal<Option<StoreId>>, Callback<()>),
    SecondFactor(second_factor::Whose, Callback<()>),
    Shortcuts(RwSignal<bool>),
    Unlock(RwSignal<Option<(AccountId, String)>>, Callback<()>),
    Views(RwSignal<bool>, Memo<ListState>),
}

#[lazy]
pub fn dialog(which: RareDialog) -> AnyView {
    match which {
        RareDialog::ActivationLink(whose, on_done) => view! { <ActivationLinkDialogs whose on_done /> }.into_any(),
        RareDialog::AddUser(open, store, on_created) => view! { <AddUserDialog open store on_created /> }.into_any(),
        RareDialog::Bulk(request, on_done) => view! { <BulkDialogs request on_done /> }.into_any(),
        RareDialog::Columns(open, filter, shown, on_saved) => {
            view! { <ColumnsDialog open filter shown on_saved /> }.into_any()
        }
        RareDialog::Export(open, filter, selection) => view! { <ExportDialog open filter selection /> }.into_any(),
        RareDialog::Filter(open, filter, on_apply) => view! { <FilterDialog open filter on_apply /> }.into_any(),
        RareDialog::InviteUser(open, store, on_invited) => {
            view! { <InviteUserDialog open store on_invited /> }.into_any()
        }
        RareDialog::SecondFactor(whose, on_done) => view! { <SecondFactorDialog whose on_done /> }.into_any(),
        RareDialog::Shortcuts(open) => view! { <Shortcuts open /> }.into_any(),
        RareDialog::Unlock(whose, on_done) => view! { <Unlock whose on_done /> }.into_any(),
        RareDialog::Views(open, state) => view! { <ViewsDialog open state /> }.into_any(),
    }
}
