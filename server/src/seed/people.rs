//! The seeded people, one after the other in the order in which their accounts were made.
//!
//! Who comes next follows from the seed alone. What is kept in memory is bounded, however many come.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use db::entities::{accounts, events};
use domain::Result;
use sea_orm::ActiveValue::Set;
use types::accounts::AccountForm;
use types::attributes::Values;
use types::events::{EventKind, FieldChange};
use types::permissions::BuiltInRole;
use types::{AccountId, EventId, StoreId, Timestamp};

use super::awkward;
use super::custom::DEPARTMENTS;
use super::dice::Dice;
use super::directory::{BROWSERS, DOMAINS, GROUPS, ORGANIZATIONS, REASONS};
use super::names::Names;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// How far back the first account was made.
pub const HISTORY: i64 = 3 * 365 * DAY;
/// More accounts were made lately than at first: the share of time that a share of them took.
const GROWTH: f64 = 0.6;

/// Shares, of 100,000.
const IN_GROUPS: u64 = 70_000;
const HAS_USERNAME: u64 = 60_000;
const HAS_PHONE: u64 = 75_000;
const HAS_DEPARTMENT: u64 = 92_000;
const HAS_JOB_TITLE: u64 = 80_000;
const HAS_HIRE_DATE: u64 = 85_000;
const VERIFIED: u64 = 90_000;
const ONBOARDED: u64 = 85_000;
/// Of those who are not registered: had signed in before, and were reset.
const WAS_RESET: u64 = 48_000;
/// Of those who are not registered: were sent an activation mail.
const INVITED: u64 = 60_000;
/// How long the link in it works.
const ACTIVATION_SECONDS: i64 = 72 * 60 * 60;
const DISABLED: u64 = 4_000;
const DISABLED_WITH_REASON: u64 = 60_000;
const WITH_HISTORY: u64 = 32_000;
/// One account in so many is locked.
const LOCKED_EVERY: u64 = 2_000;
const LOCKED_AT: u64 = 311;

/// Staff are among the first thousand, one in so many.
const STAFF_EVERY: u64 = 25;
const STAFF_AT: u64 = 12;
const STAFF_AMONG: u64 = 1_000;

/// The first people of whom each organization, however small, gets some.
const SPREAD_AMONG: u64 = 600;
const SPREAD_EVERY: u64 = 4;

/// Addresses and usernames that stay without a number; later people get one.
const WITHOUT_NUMBER: usize = 400_000;
/// So that a number still fits behind it.
const LONGEST_LOCAL: usize = 48;

/// One account with what stands around it, ready to be stored. Numbers are places in
/// [`GROUPS`] and [`ORGANIZATIONS`].
#[derive(Clone, Debug)]
pub struct Person {
    pub id: AccountId,
    pub created_at: Timestamp,
    pub account: accounts::ActiveModel,
    pub attributes: Values,
    pub groups: Vec<usize>,
    pub organization: Option<usize>,
    pub roles: Vec<(BuiltInRole, Option<usize>)>,
    pub events: Vec<events::ActiveModel>,
}

/// Which people: all else follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub users: u64,
    pub seed: u64,
    /// 1 in an empty database; the next seeding of the same one has addresses of its own.
    pub round: u64,
    /// Until when they have a past: a midnight, so that a repetition on the same day is the same.
    pub until: Timestamp,
    pub store: StoreId,
}

impl Plan {
    pub fn midnight(now: Timestamp) -> Timestamp {
        Timestamp(now.0.div_euclid(DAY) * DAY)
    }

    /// The address that the first person of this round has, whatever the seed.
    pub fn first_address(&self) -> String {
        format!("siobhan.o'brien@{}", self.domain(DOMAINS[0]))
    }

    /// `mail.example`, and `mail-2.example` in the second round.
    fn domain(&self, domain: &str) -> String {
        match self.round {
            1 => domain.to_owned(),
            round => format!("{}-{round}.example", domain.trim_end_matches(".example")),
        }
    }
}

pub struct Population {
    plan: Plan,
    dice: Dice,
    names: Names,
    addresses: Taken,
    usernames: Taken,
    next: u64,
}

impl Population {
    pub fn new(plan: Plan) -> Self {
        // Another round of the same seed brings other people, with other ids.
        let dice = Dice::new(plan.seed ^ (plan.round - 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut addresses = Taken::default();
        for awkward in (0..STAFF_AMONG).filter_map(awkward::at) {
            addresses.take(&format!("{}@{}", awkward.email, DOMAINS[0]));
        }
        Self { plan, dice, names: Names::load(), addresses, usernames: Taken::default(), next: 0 }
    }

    fn person(&mut self, index: u64) -> Result<Person> {
        let created_at = self.created_at(index);
        let id = AccountId(self.dice.id(created_at));
        let organization = self.organization(index);
        let form = match awkward::at(index) {
            Some(mut form) => {
                form.email = format!("{}@{}", form.email, self.plan.domain(DOMAINS[0]));
                form
            }
            None => self.form(index, organization),
        };
        let roles = staff_roles(index);
        let past = self.past(index, created_at, !roles.is_empty());
        let attributes = self.attributes(index, created_at);
        let account = accounts::ActiveModel {
            email_verified_at: Set(past.verified_at),
            onboarded_at: Set(past.onboarded_at),
            activation_sent_at: Set(past.activation_sent_at),
            activation_expires_at: Set(past.activation_sent_at.map(|at| at.plus_seconds(ACTIVATION_SECONDS))),
            disabled_at: Set(past.disabled_at),
            disabled_reason: Set(past.disabled_reason.clone()),
            locked_until: Set(past.locked_until),
            last_sign_in_at: Set(past.last_sign_in_at.unwrap_or(Timestamp(0))),
            updated_at: Set(past.disabled_at.unwrap_or(created_at)),
            version: Set(1 + i64::from(past.disabled_at.is_some())),
            attribute_values: Set(domain::attributes::write(&attributes)),
            ..domain::seeding::account(id, self.plan.store, &form.parse()?, created_at)
        };
        Ok(Person {
            id,
            created_at,
            account,
            attributes,
            groups: self.groups(),
            organization,
            events: self.events(id, created_at, &past, &roles),
            roles,
        })
    }

    /// Later ones later, and ever more of them.
    fn created_at(&self, index: u64) -> Timestamp {
        let place = (index as f64 + self.dice.fraction()) / self.plan.users as f64;
        let begin = self.plan.until.0 - HISTORY;
        Timestamp(begin + (place.powf(GROWTH) * (HISTORY - DAY) as f64) as i64)
    }

    fn organization(&self, index: u64) -> Option<usize> {
        if index < SPREAD_AMONG && index.is_multiple_of(SPREAD_EVERY) {
            return usize::try_from(index / SPREAD_EVERY).ok().map(|turn| turn % ORGANIZATIONS.len());
        }
        let mut place = self.dice.below(1_000_000);
        for (at, (_, _, members)) in ORGANIZATIONS.iter().enumerate() {
            match place.checked_sub(u64::from(*members)) {
                Some(rest) => place = rest,
                None => return Some(at),
            }
        }
        None
    }

    fn groups(&self) -> Vec<usize> {
        if !self.dice.chance(IN_GROUPS) {
            return Vec::new();
        }
        let weights = GROUPS.map(|(_, _, weight)| weight);
        let wanted = self.dice.weighted(&[700, 220, 60, 15, 5]) + 1;
        let mut chosen: Vec<_> = (0..wanted).map(|_| self.dice.weighted(&weights)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn form(&mut self, index: u64, organization: Option<usize>) -> AccountForm {
        let dice = &self.dice;
        let language = &self.names.languages[dice.weighted(&self.names.shares)];
        let (given, family) = (dice.pick(&language.given), dice.pick(&language.family));
        let mut first_name = given.written.to_owned();
        if dice.chance(6_000) {
            first_name = format!("{first_name} {}", dice.pick(&language.given).written);
        }
        let mut last_name = family.written.to_owned();
        if dice.chance(3_000) {
            last_name = format!("{last_name}-{}", dice.pick(&language.family).written);
        }
        let phone = if dice.chance(HAS_PHONE) {
            let pattern: &&str = dice.pick(language.phones);
            dice.digits(pattern)
        } else {
            String::new()
        };
        let (given, family) = (given.latin.as_str(), family.latin.as_str());
        let initial = given.get(..1).unwrap_or_default();

        // A company has one style of addresses; elsewhere people choose.
        let at_work = organization.filter(|_| dice.chance(88_000));
        let (domain, style) = match at_work {
            Some(place) => (ORGANIZATIONS[place].1, place as u64 % 3),
            None if dice.chance(45_000) => (*dice.pick(&DOMAINS[..11]), dice.below(6)),
            None => (*dice.pick(&DOMAINS), dice.below(6)),
        };
        let local = match style {
            0 => format!("{given}.{family}"),
            1 => format!("{initial}.{family}"),
            2 => format!("{family}.{given}"),
            3 => format!("{given}{family}"),
            4 => format!("{given}_{family}"),
            _ => format!("{family}{initial}"),
        };
        let capitals = dice.chance(3_000);
        let wants_username = dice.chance(HAS_USERNAME);
        let short = if dice.chance(70_000) { format!("{initial}{family}") } else { format!("{given}.{initial}") };

        let local = shortened(local);
        let number = if self.addresses.take(&format!("{local}@{domain}")) { String::new() } else { index.to_string() };
        let local = if capitals { capitalized(&local) } else { local };
        let username = if wants_username { self.username(index, shortened(short)) } else { String::new() };
        AccountForm {
            email: format!("{local}{number}@{}", self.plan.domain(domain)),
            username,
            first_name,
            last_name,
            phone,
            ..AccountForm::default()
        }
    }

    /// Of the attributes that [`super::custom`] defines. Some know little of somebody.
    fn attributes(&self, index: u64, created_at: Timestamp) -> Values {
        let dice = &self.dice;
        let (department, titles) = dice.pick(&DEPARTMENTS);
        let hired = Timestamp(created_at.0 - dice.between(0, 12 * 365 * DAY));
        let number =
            format!("{}{index:06}", if self.plan.round == 1 { "E".into() } else { format!("E{}-", self.plan.round) });
        let known = [
            ("employee_number", number, 100_000),
            ("department", (*department).to_owned(), HAS_DEPARTMENT),
            ("job_title", (*dice.pick(titles)).to_owned(), HAS_JOB_TITLE),
            ("hire_date", hired.date(), HAS_HIRE_DATE),
        ];
        let chosen = known.into_iter().filter(|(_, _, share)| dice.chance(*share));
        chosen.map(|(key, value, _)| (key.to_owned(), value)).collect()
    }

    fn username(&mut self, index: u64, wanted: String) -> String {
        let number = if self.usernames.take(&wanted) { String::new() } else { index.to_string() };
        let round = if self.plan.round == 1 { String::new() } else { format!("-{}", self.plan.round) };
        format!("{wanted}{number}{round}")
    }

    fn past(&self, index: u64, created_at: Timestamp, staff: bool) -> Past {
        let (dice, until) = (&self.dice, self.plan.until);
        let soon_after = |at: Timestamp, days: i64| Timestamp(dice.between(at.0, (at.0 + days * DAY).min(until.0)));
        let onboarded = dice.chance(ONBOARDED) || staff;
        let began_at = soon_after(created_at, 9);
        let had_signed_in = if onboarded { dice.chance(99_500) } else { dice.chance(WAS_RESET) };
        // Most were here lately: the cube draws towards the end.
        let last_sign_in_at = had_signed_in.then(|| {
            let ago = dice.fraction().powi(3) * (until.0 - began_at.0) as f64;
            Timestamp(until.0 - ago as i64)
        });
        let verified = dice.chance(VERIFIED) || staff;
        let verified_at = verified.then(|| if onboarded { began_at } else { soon_after(created_at, 30) });
        let disabled_at = (dice.chance(DISABLED) && !staff)
            .then(|| Timestamp(dice.between(last_sign_in_at.unwrap_or(created_at).0, until.0)));
        let disabled_reason = disabled_at.filter(|_| dice.chance(DISABLED_WITH_REASON)).map(|_| *dice.pick(&REASONS));
        let locked_until =
            (index % LOCKED_EVERY == LOCKED_AT && !staff).then(|| Timestamp(until.0 + dice.between(2 * DAY, 30 * DAY)));
        Past {
            began_at,
            verified_at,
            onboarded_at: onboarded.then_some(began_at),
            activation_sent_at: (!onboarded && dice.chance(INVITED)).then(|| soon_after(created_at, 60)),
            last_sign_in_at,
            disabled_at,
            disabled_reason: disabled_reason.map(str::to_owned),
            locked_until,
        }
    }

    fn events(
        &self,
        id: AccountId,
        created_at: Timestamp,
        past: &Past,
        roles: &[(BuiltInRole, Option<usize>)],
    ) -> Vec<events::ActiveModel> {
        let mut log = vec![events::ActiveModel {
            note: Set(Some("Added by “roster seed”".into())),
            ..self.event(EventKind::AccountCreated, created_at, id)
        }];
        for (role, place) in roles {
            let place = place.map_or("everywhere", |place| ORGANIZATIONS[place].0);
            let change = FieldChange::new("role", None, Some(&format!("{}, {place}", role.name())));
            log.push(events::ActiveModel {
                changes: Set(serde_json::to_string(&[change]).ok()),
                ..self.event(EventKind::RoleAssigned, created_at, id)
            });
        }
        if let Some(last) = past.last_sign_in_at.filter(|_| self.dice.chance(WITH_HISTORY)) {
            let earlier = self.dice.weighted(&[700, 200, 100]);
            let mut moments: Vec<_> = (0..earlier).map(|_| self.dice.between(past.began_at.0, last.0)).collect();
            moments.push(last.0);
            moments.sort_unstable();
            for at in moments {
                log.push(events::ActiveModel {
                    actor_id: Set(Some(id)),
                    ip: Set(Some(self.address())),
                    browser: Set(Some((*self.dice.pick(&BROWSERS)).to_owned())),
                    ..self.event(EventKind::SignedIn, Timestamp(at), id)
                });
            }
        }
        if let Some(at) = past.disabled_at {
            log.push(events::ActiveModel {
                note: Set(past.disabled_reason.clone()),
                ..self.event(EventKind::AccountDisabled, at, id)
            });
        }
        log
    }

    fn event(&self, kind: EventKind, at: Timestamp, subject: AccountId) -> events::ActiveModel {
        events::ActiveModel {
            id: Set(EventId(self.dice.id(at))),
            at: Set(at),
            kind: Set(kind.key().into()),
            outcome: Set("done".into()),
            actor_id: Set(None),
            on_behalf_of: Set(None),
            subject_id: Set(Some(subject)),
            session_id: Set(None),
            ip: Set(None),
            browser: Set(None),
            changes: Set(None),
            note: Set(None),
            place: Set(None),
        }
    }

    /// From the ranges that are kept for documentation (RFC 5737, RFC 3849).
    fn address(&self) -> String {
        let last = self.dice.between(1, 254);
        match self.dice.below(4) {
            0 => format!("192.0.2.{last}"),
            1 => format!("198.51.100.{last}"),
            2 => format!("203.0.113.{last}"),
            _ => format!("2001:db8:{:x}::{last:x}", self.dice.below(0xffff)),
        }
    }
}

impl Iterator for Population {
    type Item = Result<Person>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        (index < self.plan.users).then(|| {
            self.next += 1;
            self.person(index)
        })
    }
}

/// What has happened to an account.
struct Past {
    /// When its holder first had a credential, if ever.
    began_at: Timestamp,
    verified_at: Option<Timestamp>,
    onboarded_at: Option<Timestamp>,
    /// Of those who never had one.
    activation_sent_at: Option<Timestamp>,
    last_sign_in_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    disabled_reason: Option<String>,
    locked_until: Option<Timestamp>,
}

/// What a member of staff holds, and where; most people hold nothing. Nobody is an Owner.
fn staff_roles(index: u64) -> Vec<(BuiltInRole, Option<usize>)> {
    if index >= STAFF_AMONG || index % STAFF_EVERY != STAFF_AT {
        return Vec::new();
    }
    let number = usize::try_from(index / STAFF_EVERY).unwrap_or_default();
    let place = Some(number * 7 % ORGANIZATIONS.len());
    vec![match number % 10 {
        0 => (BuiltInRole::Administrator, None),
        1..=3 => (BuiltInRole::HelpDesk, None),
        4 => (BuiltInRole::Auditor, None),
        5 => (BuiltInRole::Administrator, place),
        6..=8 => (BuiltInRole::HelpDesk, place),
        _ => (BuiltInRole::Auditor, place),
    }]
}

fn shortened(mut local: String) -> String {
    local.truncate(LONGEST_LOCAL);
    local.truncate(local.trim_end_matches(['.', '_']).len());
    local
}

/// `amelie.schmidt` as `Amelie.Schmidt`.
fn capitalized(local: &str) -> String {
    let mut beginning = true;
    let letter = |c: char| {
        let c = if beginning { c.to_ascii_uppercase() } else { c };
        beginning = !c.is_ascii_alphabetic();
        c
    };
    local.chars().map(letter).collect()
}

/// Which texts are taken, by their hashes, up to a number; beyond it every text counts as taken.
#[derive(Default)]
struct Taken(HashSet<u64>);

impl Taken {
    /// Whether it was free.
    fn take(&mut self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.0.len() < WITHOUT_NUMBER && self.0.insert(hasher.finish())
    }
}

/// The name of an organization or group as it is compared.
pub fn name_key(name: &str) -> String {
    types::fold::fold(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_addresses() {
        assert_eq!(capitalized("amelie.schmidt"), "Amelie.Schmidt");
        assert_eq!(shortened(format!("{}.b", "a".repeat(47))), "a".repeat(47));
    }
}
