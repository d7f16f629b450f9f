//! Two administrators edited the same account: the second sees the difference and chooses (A2).

use leptos::prelude::*;
use types::accounts::AccountForm;

use super::edit::Edit;
use super::fields::AnyField;
use crate::ui::Dialog;

/// What the two of them saved and want to save.
#[derive(Clone, Debug)]
pub struct Found {
    /// Everything that the account has.
    pub fields: Vec<AnyField>,
    /// What both began from.
    pub base: AccountForm,
    pub theirs: AccountForm,
    pub yours: AccountForm,
    /// Of theirs.
    pub version: i64,
}

/// For each of [`Found::fields`], whether yours is chosen.
type Choices = Vec<bool>;

impl Found {
    /// Yours where you changed something, theirs everywhere else.
    fn first_choices(&self) -> Choices {
        self.fields.iter().map(|field| field.of(&self.yours) != field.of(&self.base)).collect()
    }

    fn chosen(&self, choices: &[bool]) -> AccountForm {
        let mut form = self.theirs.clone();
        for (field, _) in self.fields.iter().zip(choices).filter(|(_, yours)| **yours) {
            field.put(&mut form, field.of(&self.yours));
        }
        form
    }
}

/// The difference that is to be decided, while there is one.
#[derive(Clone, Copy)]
pub struct Conflict {
    pub open: RwSignal<bool>,
    found: RwSignal<Option<Found>>,
    choices: RwSignal<Choices>,
}

impl Conflict {
    pub fn new() -> Self {
        Self { open: RwSignal::new(false), found: RwSignal::new(None), choices: RwSignal::new(Choices::default()) }
    }

    pub fn show(self, found: Found) {
        let _ = self.choices.try_set(found.first_choices());
        let _ = self.found.try_set(Some(found));
        let _ = self.open.try_set(true);
    }

    pub fn close(self) {
        let _ = self.open.try_set(false);
    }

    pub fn found(self) -> Option<Found> {
        self.found.get_untracked()
    }
}

/// **Somebody else changed this account**.
#[component]
pub fn ConflictDialog(edit: Edit) -> impl IntoView {
    let conflict = edit.conflict;
    let save = move || {
        if let Some(found) = conflict.found()
            && !edit.pending.get_untracked()
        {
            edit.resolve(&found, &found.chosen(&conflict.choices.get_untracked()));
        }
    };
    view! {
        <Dialog
            open=conflict.open
            id="edit-conflict"
            title="Somebody else changed this account"
            keeps_input=true
            wide=true
        >
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <p class="dialog-message">
                    "It was saved by somebody else after you had opened it. Choose for each field which value stays."
                </p>
                <div class="table-frame">
                    <table class="table conflict-table">
                        <thead>
                            <tr>
                                <th scope="col">"Field"</th>
                                <th scope="col">"Theirs"</th>
                                <th scope="col">"Yours"</th>
                            </tr>
                        </thead>
                        <tbody>{move || conflict.found.get().map(|found| rows(conflict, &found))}</tbody>
                    </table>
                </div>
                {move || edit.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
                <div class="dialog-actions">
                    <button
                        type="button"
                        class="btn btn-sm"
                        disabled=edit.pending
                        on:click=move |_| edit.keep_theirs()
                    >
                        "Keep theirs"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-sm btn-primary"
                        disabled=edit.pending
                        aria-busy=move || edit.pending.get().then_some("true")
                    >
                        "Save my choices"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

fn rows(conflict: Conflict, found: &Found) -> AnyView {
    found
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| (at, field, field.shown(&field.of(&found.theirs)), field.shown(&field.of(&found.yours))))
        .filter(|(_, _, theirs, yours)| theirs != yours)
        .map(|(at, field, theirs, yours)| {
            let (name, label) = (field.name().to_owned(), field.label().to_owned());
            view! {
                <tr>
                    <th scope="row">{label.clone()}</th>
                    <td>{choice(conflict, at, &name, false, format!("{label}, theirs: "), theirs)}</td>
                    <td>{choice(conflict, at, &name, true, format!("{label}, yours: "), yours)}</td>
                </tr>
            }
        })
        .collect_view()
        .into_any()
}

fn choice(conflict: Conflict, at: usize, name: &str, yours: bool, prefix: String, value: String) -> AnyView {
    let value = if value.is_empty() { "(empty)".to_owned() } else { value };
    view! {
        <label class="conflict-choice">
            <input
                type="radio"
                class="radio radio-sm"
                name=format!("conflict-{name}")
                autocomplete="off"
                prop:checked=move || conflict.choices.with(|choices| choices.get(at) == Some(&yours))
                on:change=move |_| {
                    conflict.choices.update(|choices| {
                        if let Some(choice) = choices.get_mut(at) {
                            *choice = yours;
                        }
                    });
                }
            />
            <span class="sr-only">{prefix}</span>
            <span class="conflict-value">{value}</span>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_you_did_not_touch_stays_theirs() {
        let base = AccountForm { email: "a@b.example".into(), first_name: "Ada".into(), ..Default::default() };
        let theirs = AccountForm { first_name: "Adele".into(), phone: "+41446681800".into(), ..base.clone() };
        let yours = AccountForm { first_name: "Adam".into(), last_name: "L".into(), ..base.clone() };
        let found = Found { fields: AnyField::all(&[]), base, theirs, yours, version: 2 };
        let chosen = found.chosen(&found.first_choices());
        assert_eq!((chosen.first_name.as_str(), chosen.last_name.as_str()), ("Adam", "L"));
        assert_eq!((chosen.email.as_str(), chosen.phone.as_str()), ("a@b.example", "+41446681800"));
        assert_eq!(found.chosen(&[]), found.theirs);
    }
}
