//! Adding, changing and removing an attribute. What would be lost is told and asked first; the second
//! of two administrators gets the difference.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::attributes::{AttributeDefinition, AttributeForm, AttributeLoss, AttributeOutcome, LOSS_COUNTED};
use types::user_list::grouped;
use types::{AttributeId, FieldErrors, StoreId};

use super::api::{add_attribute, attribute_loss, change_attribute, remove_attribute};
use super::attribute_fields::{self, FORM, NAMES};
use crate::ApiError;
use crate::admin::users::fields::focus;
use crate::ui::{ConfirmDialog, Dialog, Toasts, sign_in_again, use_toasts};

/// What the dialog is about.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    New(StoreId),
    /// As it was when the dialog opened, or when somebody else saved it since.
    Known(AttributeDefinition),
}

/// The state of the dialogs. It lives as long as the page.
#[derive(Clone, Copy)]
pub struct AttributeEditor {
    open: RwSignal<bool>,
    removing: RwSignal<bool>,
    target: RwSignal<Option<Target>>,
    pub form: RwSignal<AttributeForm>,
    /// Whether the key is no longer made of the label.
    pub key_touched: RwSignal<bool>,
    pub errors: RwSignal<FieldErrors>,
    problem: RwSignal<Option<String>>,
    /// What saving, or removing, would lose.
    loss: RwSignal<Option<AttributeLoss>>,
    /// What somebody else has saved meanwhile.
    theirs: RwSignal<Option<AttributeDefinition>>,
    pending: RwSignal<bool>,
    toasts: Toasts,
    on_done: Callback<()>,
}

impl AttributeEditor {
    pub fn new(on_done: Callback<()>) -> Self {
        Self {
            open: RwSignal::new(false),
            removing: RwSignal::new(false),
            target: RwSignal::new(None),
            form: RwSignal::new(AttributeForm::default()),
            key_touched: RwSignal::new(false),
            errors: RwSignal::new(FieldErrors::default()),
            problem: RwSignal::new(None),
            loss: RwSignal::new(None),
            theirs: RwSignal::new(None),
            pending: RwSignal::new(false),
            toasts: use_toasts(),
            on_done,
        }
    }

    pub fn add(self, store: StoreId) {
        self.begin(Target::New(store), AttributeForm::default());
        self.open.set(true);
    }

    pub fn edit(self, definition: AttributeDefinition) {
        let form = AttributeForm::of(&definition);
        self.begin(Target::Known(definition), form);
        self.open.set(true);
    }

    fn begin(self, target: Target, form: AttributeForm) {
        self.form.set(form);
        self.key_touched.set(false);
        self.clear();
        self.theirs.set(None);
        self.target.set(Some(target));
    }

    /// Forgets what the last try came to.
    fn clear(self) {
        self.errors.set(FieldErrors::default());
        self.problem.set(None);
        self.loss.set(None);
    }

    fn save(self, agreed: bool) {
        let Some(target) = self.target.get_untracked() else { return };
        let mut form = self.form.get_untracked();
        if self.pending.get_untracked() {
            return;
        }
        self.clear();
        if let Target::Known(definition) = &target {
            form.key.clone_from(&definition.key);
        }
        if let Err(errors) = form.parse() {
            self.refuse(errors);
            return;
        }
        self.pending.set(true);
        spawn_local(async move {
            let saved = match &target {
                Target::New(store) => add_attribute(*store, form.clone()).await.map(|_| AttributeOutcome::Saved),
                Target::Known(before) => change_attribute(before.id, form.clone(), before.version, agreed).await,
            };
            let _ = self.pending.try_set(false);
            match saved {
                Ok(AttributeOutcome::Saved) => self.done(format!("{} was saved.", form.label.trim())),
                Ok(AttributeOutcome::WouldLose(loss)) => {
                    let _ = self.loss.try_set(Some(loss));
                }
                Ok(AttributeOutcome::Conflict(theirs)) => {
                    let _ = self.theirs.try_set(Some(theirs));
                }
                Err(ApiError::Invalid { errors }) => self.refuse(errors),
                Err(error) => self.failed(&error),
            }
        });
    }

    fn refuse(self, errors: FieldErrors) {
        let first = NAMES.into_iter().chain(["unique"]).find(|name| errors.get(name).is_some());
        let _ = self.errors.try_set(errors);
        if let Some(name) = first {
            focus(FORM, name);
        }
    }

    fn failed(self, error: &ApiError) {
        if !sign_in_again(error) {
            let _ = self.problem.try_set(Some(error.to_string()));
        }
    }

    fn done(self, message: String) {
        let _ = self.open.try_set(false);
        let _ = self.removing.try_set(false);
        self.toasts.success(message);
        self.on_done.try_run(());
    }

    /// Goes on from what somebody else saved: with it, or with what is typed over it.
    fn take(self, theirs: AttributeDefinition, keep_typed: bool) {
        if !keep_typed {
            self.form.set(AttributeForm::of(&theirs));
        }
        self.target.set(Some(Target::Known(theirs)));
        self.theirs.set(None);
        self.on_done.run(());
        if keep_typed {
            self.save(false);
        }
    }

    /// Asks, and finds out meanwhile what would be lost.
    pub fn ask_to_remove(self, definition: AttributeDefinition) {
        let id = definition.id;
        let form = AttributeForm::of(&definition);
        self.begin(Target::Known(definition), form);
        self.removing.set(true);
        spawn_local(async move {
            match attribute_loss(id).await {
                Ok(loss) if self.is_about(id) => {
                    let _ = self.loss.try_set(Some(loss));
                }
                Ok(_) => {}
                Err(error) => self.failed(&error),
            }
        });
    }

    fn is_about(self, id: AttributeId) -> bool {
        self.target.try_with_untracked(|target| matches!(target, Some(Target::Known(one)) if one.id == id))
            == Some(true)
    }

    fn remove(self) {
        let Some(Target::Known(definition)) = self.target.get_untracked() else { return };
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let removed = remove_attribute(definition.id, definition.version).await;
            let _ = self.pending.try_set(false);
            match removed {
                Ok(AttributeOutcome::Conflict(_)) => {
                    let message = "Somebody else has changed this attribute meanwhile. Please look at it again.";
                    let _ = self.problem.try_set(Some(message.to_owned()));
                    self.on_done.try_run(());
                }
                Ok(_) => self.done(format!("{} was removed.", definition.label)),
                Err(error) => self.failed(&error),
            }
        });
    }
}

/// `12,345 users`, or `10,000+ users` from where nobody counts on.
fn users(count: i64) -> String {
    match count {
        1 => "1 user".into(),
        count if count >= LOSS_COUNTED => format!("{}+ users", grouped(LOSS_COUNTED)),
        count => format!("{} users", grouped(count)),
    }
}

fn told(loss: &AttributeLoss) -> String {
    let samples: Vec<_> = loss.samples.iter().map(|sample| format!("“{sample}”")).collect();
    let such_as = if samples.is_empty() { String::new() } else { format!(", such as {}", samples.join(", ")) };
    format!("{} would lose what they have here{such_as}. That cannot be undone.", users(loss.lost))
}

/// The dialogs of the page.
pub fn view(editor: AttributeEditor) -> AnyView {
    let is_new = move || editor.target.with(|target| matches!(target, Some(Target::New(_))));
    // What is typed stays when somebody else's version becomes the one to go on from.
    let begins_new = move || untrack(is_new);
    let title = Signal::derive(move || if is_new() { "Add attribute" } else { "Edit attribute" }.to_owned());
    let removal = Signal::derive(move || {
        let label = editor.form.with(|form| form.label.clone());
        match editor.loss.get() {
            None => format!("{label}: looking for what would be lost …"),
            Some(loss) if loss.lost == 0 => format!("{label} has no values: nothing would be lost."),
            Some(loss) => format!("{label}: {}", told(&loss)),
        }
    });
    view! {
        <Dialog open=editor.open id="attribute-dialog" title keeps_input=true wide=true>
            {dialog_content(editor, begins_new())}
        </Dialog>
        <ConfirmDialog
            open=editor.removing
            id="remove-attribute"
            title="Remove this attribute?"
            message=removal
            confirm="Remove"
            danger=true
            pending=Signal::derive(move || editor.pending.get() || editor.loss.with(Option::is_none))
            error=editor.problem
            on_confirm=Callback::new(move |()| editor.remove())
        />
    }
    .into_any()
}

fn dialog_content(editor: AttributeEditor, is_new: bool) -> AnyView {
    let would_lose = move || {
        editor.loss.get().map(|loss| {
            view! {
                <div class="form-warning" role="alert">
                    <p>{told(&loss)}</p>
                    <button
                        type="button"
                        class="btn btn-sm btn-error"
                        disabled=editor.pending
                        on:click=move |_| editor.save(true)
                    >
                        "Save and lose them"
                    </button>
                </div>
            }
        })
    };
    view! {
        <form
            class="form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                editor.save(false);
            }
        >
            {attribute_fields::view(editor, is_new)}
            {move || editor.theirs.get().map(|theirs| conflict(editor, theirs))}
            {would_lose}
            {move || editor.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| editor.open.set(false)>
                    "Cancel"
                </button>
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=move || editor.pending.get() || editor.theirs.with(Option::is_some)
                    aria-busy=move || editor.pending.get().then_some("true")
                >
                    {if is_new { "Add attribute" } else { "Save" }}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Each field that the two of them have differently.
fn conflict(editor: AttributeEditor, theirs: AttributeDefinition) -> AnyView {
    let yours = editor.form.get_untracked();
    let rows = differences(&AttributeForm::of(&theirs), &yours)
        .into_iter()
        .map(|(field, theirs, yours)| {
            view! {
                <tr>
                    <th scope="row">{field}</th>
                    <td class="cell-wrap">{theirs}</td>
                    <td class="cell-wrap">{yours}</td>
                </tr>
            }
        })
        .collect_view();
    let kept = theirs.clone();
    view! {
        <div class="form-warning" role="alert">
            <p>"Somebody else changed this attribute after you had opened it."</p>
            <div class="table-frame">
                <table class="table conflict-table">
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">"Theirs"</th>
                            <th scope="col">"Yours"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="cell-buttons">
                <button type="button" class="btn btn-sm" on:click=move |_| editor.take(kept.clone(), false)>
                    "Keep theirs"
                </button>
                <button type="button" class="btn btn-sm" on:click=move |_| editor.take(theirs.clone(), true)>
                    "Save mine"
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn differences(theirs: &AttributeForm, yours: &AttributeForm) -> Vec<(&'static str, String, String)> {
    let yes = |flag: bool| if flag { "Yes" } else { "No" }.to_owned();
    let of = |form: &AttributeForm| {
        [
            ("Label", form.label.clone()),
            ("Type", form.kind.label().to_owned()),
            ("Choices", form.choices.lines().collect::<Vec<_>>().join("; ")),
            ("Section", form.section.clone()),
            ("Hint", form.hint.clone()),
            ("Validation pattern", form.pattern.clone()),
            ("Required", yes(form.required)),
            ("Unique", yes(form.unique)),
            ("Searchable", yes(form.searchable)),
            ("Visible in console", yes(form.console_visible)),
            ("Editable in console", yes(form.console_editable)),
            ("Visible to the holder", yes(form.holder_visible)),
            ("Editable by the holder", yes(form.holder_editable)),
        ]
    };
    of(theirs)
        .into_iter()
        .zip(of(yours))
        .filter(|(theirs, yours)| theirs != yours)
        .map(|((field, theirs), (_, yours))| (field, theirs, yours))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let theirs = AttributeForm { label: "Team".into(), ..AttributeForm::default() };
        let yours = AttributeForm { required: true, ..theirs.clone() };
        assert_eq!(differences(&theirs, &yours), [("Required", "No".to_owned(), "Yes".to_owned())]);
        assert_eq!(users(1), "1 user");
        assert_eq!(users(LOSS_COUNTED), "10,000+ users");
    }
}
