//! **Filter**: everything that narrows the list, combined with AND (U6).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::Timestamp;
use types::user_list::{EXPIRY_DAYS_MOST, Filter, FilterChoices, Period, SecondFactorFilter, StateFilter};

use crate::admin::users::api::filter_choices;
use crate::ui::{Choice, Dialog, SelectField, TextField, sign_in_again};

/// The dialog; `filter` is the list's.
#[component]
pub fn FilterDialog(open: RwSignal<bool>, filter: Signal<Filter>, on_apply: Callback<Filter>) -> impl IntoView {
    view! {
        <Dialog open id="filter-dialog" title="Filter" keeps_input=true>
            {form(open, filter.get_untracked(), on_apply)}
        </Dialog>
    }
}

/// What is chosen in the form: keys and ids as text, `""` for any.
#[derive(Clone, Copy)]
struct Draft {
    state: RwSignal<String>,
    verified: RwSignal<String>,
    group: RwSignal<String>,
    role: RwSignal<String>,
    organization: RwSignal<String>,
    signed_in: RwSignal<String>,
    signed_in_after: RwSignal<String>,
    signed_in_before: RwSignal<String>,
    created_after: RwSignal<String>,
    created_before: RwSignal<String>,
    second_factor: RwSignal<String>,
    expires_within: RwSignal<String>,
    external: RwSignal<String>,
}

impl Draft {
    fn of(filter: &Filter) -> Self {
        let day = |at: Option<Timestamp>| RwSignal::new(at.map(Timestamp::date).unwrap_or_default());
        let id = |id: Option<String>| RwSignal::new(id.unwrap_or_default());
        let yes_or_no = |is: Option<bool>| id(is.map(|is| if is { "yes" } else { "no" }.to_owned()));
        Self {
            state: id(filter.state.map(|state| state.key().to_owned())),
            verified: yes_or_no(filter.email_verified),
            group: id(filter.group.map(|id| id.to_string())),
            role: id(filter.role.map(|id| id.to_string())),
            organization: id(filter.organization.map(|id| id.to_string())),
            signed_in: RwSignal::new(if filter.never_signed_in { "never" } else { "" }.to_owned()),
            signed_in_after: day(filter.last_sign_in.after),
            signed_in_before: day(filter.last_sign_in.before),
            created_after: day(filter.created.after),
            created_before: day(filter.created.before),
            second_factor: id(filter.second_factor.map(|factor| factor.key().to_owned())),
            expires_within: id(filter.password_expires_within.map(|days| days.to_string())),
            external: yes_or_no(filter.external_identity),
        }
    }

    /// The days in which passwords are to expire; `Err`: what was typed is no such number.
    fn days(self) -> Result<Option<u16>, ()> {
        self.expires_within.with_untracked(|text| match text.trim() {
            "" => Ok(None),
            text => text.parse().ok().filter(|days| (1..=EXPIRY_DAYS_MOST).contains(days)).map(Some).ok_or(()),
        })
    }

    /// The filter with what is chosen here; store, search and status stay.
    fn onto(self, filter: Filter) -> Filter {
        let day = |text: RwSignal<String>| text.with_untracked(|text| Timestamp::parse_date(text));
        let yes_or_no = |text: RwSignal<String>| {
            text.with_untracked(|it| match it.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            })
        };
        let never = self.signed_in.with_untracked(|it| it == "never");
        let last_sign_in = if never {
            Period::default()
        } else {
            Period { after: day(self.signed_in_after), before: day(self.signed_in_before) }
        };
        Filter {
            state: self.state.with_untracked(|key| StateFilter::ALL.into_iter().find(|state| state.key() == key)),
            email_verified: yes_or_no(self.verified),
            group: self.group.with_untracked(|id| id.parse().ok()),
            role: self.role.with_untracked(|id| id.parse().ok()),
            organization: self.organization.with_untracked(|id| id.parse().ok()),
            never_signed_in: never,
            last_sign_in,
            created: Period { after: day(self.created_after), before: day(self.created_before) },
            second_factor: self
                .second_factor
                .with_untracked(|key| SecondFactorFilter::all().find(|factor| factor.key() == key)),
            password_expires_within: self.days().ok().flatten(),
            external_identity: yes_or_no(self.external),
            ..filter
        }
    }
}

fn form(open: RwSignal<bool>, filter: Filter, on_apply: Callback<Filter>) -> AnyView {
    let draft = Draft::of(&filter);
    let offered = RwSignal::new(FilterChoices::default());
    let problem = RwSignal::new(None::<String>);
    let days_error = RwSignal::new(None::<String>);
    let store = filter.store;
    Effect::new(move || {
        spawn_local(async move {
            match filter_choices(store).await {
                Ok(choices) => drop(offered.try_set(choices)),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    });
    let states = StateFilter::ALL.map(|state| (state.key().to_owned(), state.label().to_owned())).to_vec();
    let yes_or_no = || vec![("yes".to_owned(), "Yes".to_owned()), ("no".to_owned(), "No".to_owned())];
    let factors = SecondFactorFilter::all().map(|it| (it.key().to_owned(), it.label().to_owned())).collect();
    let groups = Signal::derive(move || offered.with(|it| named(&it.groups)));
    let roles = Signal::derive(move || offered.with(|it| named(&it.roles)));
    let organizations = Signal::derive(move || offered.with(|it| named(&it.organizations)));
    let never = Signal::derive(move || draft.signed_in.with(|it| it == "never"));
    let kept = StoredValue::new(filter);
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if draft.days().is_err() {
            return days_error.set(Some(format!("A number of days from 1 to {EXPIRY_DAYS_MOST}, please.")));
        }
        on_apply.run(draft.onto(kept.get_value()));
        open.set(false);
    };
    let clear = move |_| {
        on_apply.run(kept.with_value(|kept| Filter { store: kept.store, q: kept.q.clone(), ..Filter::default() }));
        open.set(false);
    };
    view! {
        <form class="form" novalidate on:submit=apply>
            <div class="form-grid">
                {select("state", "Onboarding", draft.state, Signal::stored(states))}
                {select("verified", "Email verified", draft.verified, Signal::stored(yes_or_no()))}
                {select("group", "Group", draft.group, groups)}
                {select("role", "Role", draft.role, roles)}
                {select("organization", "Organization", draft.organization, organizations)}
                {select(
                    "signed-in",
                    "Last sign-in",
                    draft.signed_in,
                    Signal::stored(vec![("never".to_owned(), "Never".to_owned())]),
                )}
                {day("signed-in-after", "Last sign-in after", draft.signed_in_after, never)}
                {day("signed-in-before", "Last sign-in before", draft.signed_in_before, never)}
                {day("created-after", "Created after", draft.created_after, false.into())}
                {day("created-before", "Created before", draft.created_before, false.into())}
                {select("second-factor", "Second factor", draft.second_factor, Signal::stored(factors))}
                <TextField
                    form="filters"
                    name="password-expires-within"
                    label="Password expires within (days)"
                    kind="number"
                    value=draft.expires_within
                    error=days_error
                    autocomplete="off"
                />
                {select("external", "External identity", draft.external, Signal::stored(yes_or_no()))}
            </div>
            <p class="field-hint">"A day begins at midnight UTC: “after” includes the day, “before” does not."</p>
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm btn-ghost" on:click=clear>
                    "Clear filters"
                </button>
                <button type="button" class="btn btn-sm" on:click=move |_| open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn btn-sm btn-primary">
                    "Apply filters"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn named<Id: ToString>(rows: &[(Id, String)]) -> Vec<(String, String)> {
    rows.iter().map(|(id, name)| (id.to_string(), name.clone())).collect()
}

/// A choice with **Any** before the others. What is chosen and not on offer stays chosen.
fn select(
    name: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    offered: Signal<Vec<(String, String)>>,
) -> AnyView {
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", "Any")];
        choices.extend(offered.get().into_iter().map(|(key, label)| Choice::new(key, label)));
        let chosen = value.get();
        if choices.iter().all(|choice| choice.value != chosen) {
            choices.push(Choice::new(chosen, "As now"));
        }
        choices
    });
    let on_change = Callback::new(move |chosen| value.set(chosen));
    view! { <SelectField form="filters" name label value choices on_change /> }.into_any()
}

fn day(name: &'static str, label: &'static str, value: RwSignal<String>, disabled: Signal<bool>) -> AnyView {
    view! { <TextField form="filters" name label value kind="date" disabled /> }.into_any()
}
