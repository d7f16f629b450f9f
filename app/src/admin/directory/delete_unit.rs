//! **Delete**: says what goes with a group or organization.

use leptos::prelude::*;
use types::directory::{UnitKind, UnitView};
use types::user_list::MatchCount;

use super::api::delete_unit;
use super::unit::members_text;
use super::units::capital;
use crate::admin::users::profile::question::Question;
use crate::ui::{ConfirmDialog, Toasts};

fn consequences(unit: &UnitView) -> String {
    let mut text = format!("{} will be in it no longer; nobody's account is deleted.", members_text(unit.members));
    match (unit.unit.kind(), unit.children.len(), unit.assignments) {
        (UnitKind::Group, 0, _) | (UnitKind::Organization, _, MatchCount::Exactly(0)) => {}
        (UnitKind::Group, 1, _) => text += " The group in it moves up.",
        (UnitKind::Group, many, _) => text += &format!(" The {many} groups in it move up."),
        (UnitKind::Organization, _, MatchCount::Exactly(1)) => {
            text += " 1 role that holds for it is lost, and whoever held it is signed out.";
        }
        (UnitKind::Organization, _, count) => {
            text += &format!(" {count} roles that hold for it are lost, and those who held them are signed out.");
        }
    }
    text
}

pub fn dialog(shown: RwSignal<Option<UnitView>>, question: Question, toasts: Toasts, gone: Callback<()>) -> AnyView {
    let name = move || shown.with(|unit| unit.as_ref().map(|unit| unit.form.name.clone()).unwrap_or_default());
    let message = Signal::derive(move || shown.with(|unit| unit.as_ref().map(consequences).unwrap_or_default()));
    let on_confirm = Callback::new(move |()| {
        let Some(unit) = shown.get_untracked() else { return };
        let kind = unit.unit.kind();
        question.answer(delete_unit(unit.unit), move |()| {
            toasts.success(format!("{} deleted.", capital(kind)));
            gone.run(());
        });
    });
    view! {
        <ConfirmDialog
            open=question.open
            id="delete-unit"
            title=Signal::derive(move || format!("Delete {}?", name()))
            message
            confirm="Delete"
            danger=true
            type_to_confirm=Signal::derive(move || Some(name()))
            pending=question.pending
            error=question.error
            on_confirm
        />
    }
    .into_any()
}
