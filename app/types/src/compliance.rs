//! Which rules of the standards the settings meet (S8).
//!
//! NIST SP 800-63B-4 (August 2025) and OWASP ASVS 5.0, chapters V6 and V7:
//! <https://pages.nist.gov/800-63-4/sp800-63b.html>, <https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en>. The rules
//! that no setting touches are built in.

use serde::{Deserialize, Serialize};

use crate::StoreId;
use crate::authenticators::SecondFactorPolicy;
use crate::settings::{AlternateLogin, Notifications, Onboarding, SectionName, SignIn};

/// What the rules look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    pub onboarding: Onboarding,
    pub sign_in: SignIn,
    pub alternate_login: AlternateLogin,
    pub notifications: Notifications,
    /// Whether somebody still has codes by mail, whatever can be set up now.
    pub has_email_codes: bool,
}

/// One rule, and whether the settings keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `NIST SP 800-63B-4 §2.2, OWASP ASVS 6.3.3`.
    pub clause: String,
    pub demand: String,
    /// `None`: built in, no setting touches it.
    pub section: Option<SectionName>,
    pub is_met: bool,
    /// What is, or what to change.
    pub finding: String,
}

impl Rule {
    /// What the setting's own page says beside it, when the rule is not met.
    pub fn warning(&self) -> Option<String> {
        (!self.is_met).then(|| format!("{} ({})", self.finding, self.clause))
    }
}

/// A store's rules, for the page **Compliance**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    pub store: StoreId,
    pub store_name: String,
    /// Every store, for the page's choice of one.
    pub stores: Vec<(StoreId, String)>,
    pub rules: Vec<Rule>,
}

/// A mailed recovery code works for a day at most: NIST SP 800-63B-4 §4.2.1.2.
const RECOVERY_MOST_MINUTES: u32 = 24 * 60;
/// An activation link works for as long as a code sent to a postal address within a country may.
const ACTIVATION_MOST_HOURS: u32 = 7 * 24;

/// The rules that settings touch, then those that are built in.
pub fn rules(chosen: &Chosen) -> Vec<Rule> {
    let mut rules = vec![
        second_factor(&chosen.sign_in),
        codes_by_mail(chosen),
        codes_by_sms(&chosen.sign_in),
        security_questions(&chosen.alternate_login),
        static_codes(&chosen.alternate_login),
        lost_factor(&chosen.alternate_login),
        activation_links(&chosen.onboarding),
        reset_links(&chosen.onboarding),
        notifications(&chosen.notifications),
        unusual_sign_ins(&chosen.notifications),
    ];
    rules.extend(BUILT_IN.iter().map(|(clause, demand, finding)| Rule {
        clause: (*clause).into(),
        demand: (*demand).into(),
        section: None,
        is_met: true,
        finding: (*finding).into(),
    }));
    rules
}

fn rule(section: SectionName, clause: &str, demand: &str, is_met: bool, finding: &str) -> Rule {
    Rule { clause: clause.into(), demand: demand.into(), section: Some(section), is_met, finding: finding.into() }
}

pub fn second_factor(sign_in: &SignIn) -> Rule {
    let (is_met, finding) = match sign_in.second_factor {
        SecondFactorPolicy::Required => (true, "Everybody has a second factor, or sets one up at the next sign-in."),
        SecondFactorPolicy::Optional => {
            (false, "Whoever has set up no second factor signs in with a password alone. Choose Required.")
        }
        SecondFactorPolicy::Off => (false, "Nobody is asked for a second factor. Choose Required."),
    };
    let demand = "Multi-factor authentication is used.";
    rule(SectionName::SignIn, "NIST SP 800-63B-4 §2.2, OWASP ASVS 6.3.3", demand, is_met, finding)
}

fn codes_by_mail(chosen: &Chosen) -> Rule {
    let alternate = &chosen.alternate_login;
    let for_lost = alternate.forgot_phone_enabled && (alternate.forgot_phone.sends_mail() || alternate.users_choose);
    let (is_met, finding) = match (chosen.sign_in.email_codes, for_lost) {
        (false, false) if chosen.has_email_codes => (
            false,
            "Nobody sets up codes by mail any more, but some still have them. Find them in the list, and reset them.",
        ),
        (false, false) => (true, "Nobody has codes by mail, nor sets them up."),
        (true, _) => (false, "Codes by mail can be set up as a second factor. Turn them off."),
        (false, true) => (false, "“Forgot my phone” sends codes to an alternate address. Choose another way."),
    };
    let demand = "E-mail is not used to prove who somebody is.";
    rule(SectionName::SignIn, "NIST SP 800-63B-4 §3.1.3.1, OWASP ASVS 6.3.6", demand, is_met, finding)
}

fn codes_by_sms(sign_in: &SignIn) -> Rule {
    let finding = if sign_in.sms_codes {
        "Numbers are verified, authenticator apps are offered beside, and the page tells the risk."
    } else {
        "Nobody sets up codes by SMS."
    };
    let demand = "Codes by SMS go to verified numbers only, beside stronger ways, with a word about the risk.";
    rule(SectionName::SignIn, "NIST SP 800-63B-4 §3.1.3.3, OWASP ASVS 6.6.1", demand, true, finding)
}

fn security_questions(alternate: &AlternateLogin) -> Rule {
    let asks = alternate.forgot_phone_enabled && (alternate.forgot_phone.asks_questions() || alternate.users_choose);
    let finding = if asks {
        "“Forgot my phone” can ask security questions. Choose another way, and let nobody choose."
    } else {
        "There are no security questions."
    };
    let demand = "Nobody is asked what others may know: no security questions, no hints.";
    let clause = "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.4.2";
    rule(SectionName::AlternateLogin, clause, demand, !asks, finding)
}

pub fn static_codes(alternate: &AlternateLogin) -> Rule {
    let (is_met, finding) = match alternate.codes() {
        None => (true, "There are no security codes."),
        Some(_) => (
            false,
            "Security codes have 50 random bits and are kept as HMACs with a key outside the database, not under a \
             password hash. Wrong ones are limited.",
        ),
    };
    let demand = "Look-up secrets of under 112 bits are kept under a salted password hash.";
    rule(SectionName::AlternateLogin, "NIST SP 800-63B-4 §3.1.2.2, OWASP ASVS 6.5.2", demand, is_met, finding)
}

fn lost_factor(alternate: &AlternateLogin) -> Rule {
    let (is_met, finding) = if alternate.has_one_time_codes() {
        (
            false,
            "Staff can make backup codes, and nothing but their care proves who asks for one. Turn them off, or \
             write down how staff make sure.",
        )
    } else {
        (true, "Staff cannot make backup codes.")
    };
    let demand = "When a factor is lost, identity is proven as strongly as when it was enrolled.";
    rule(SectionName::AlternateLogin, "NIST SP 800-63B-4 §4.2, OWASP ASVS 6.4.4", demand, is_met, finding)
}

pub fn activation_links(onboarding: &Onboarding) -> Rule {
    let is_met = onboarding.link_hours <= ACTIVATION_MOST_HOURS;
    let finding = format!(
        "Activation links are 256 random bits, work once, and for {} hours{}",
        onboarding.link_hours,
        if is_met { "." } else { ": choose a week or less." }
    );
    let demand = "Activation codes are random and expire after a short time or their first use.";
    rule(SectionName::Onboarding, "OWASP ASVS 6.4.1", demand, is_met, &finding)
}

pub fn reset_links(onboarding: &Onboarding) -> Rule {
    let is_met = onboarding.reset_minutes <= RECOVERY_MOST_MINUTES;
    let finding = format!(
        "Reset links work for {} minutes, once, and the second factor is asked for afterwards.",
        onboarding.reset_minutes
    );
    let demand = "Mailed recovery links work for 24 hours at most, and do not bypass the second factor.";
    rule(SectionName::Onboarding, "NIST SP 800-63B-4 §4.2.1.2, OWASP ASVS 6.4.3", demand, is_met, &finding)
}

pub fn notifications(notifications: &Notifications) -> Rule {
    let Notifications { password, second_factors, email, .. } = notifications;
    let missing: Vec<_> = [("passwords", *password), ("second factors", *second_factors), ("e-mail addresses", *email)]
        .into_iter()
        .filter_map(|(what, told)| (!told).then_some(what))
        .collect();
    let finding = if missing.is_empty() {
        "Holders are mailed whenever a password, a second factor or an e-mail address changes.".to_owned()
    } else {
        format!("Holders are not told when these change: {}. Turn the mails on.", missing.join(", "))
    };
    let demand = "Holders are told of every change of how they prove who they are.";
    let clause = "NIST SP 800-63B-4 §4.6, OWASP ASVS 6.3.7";
    rule(SectionName::Notifications, clause, demand, missing.is_empty(), &finding)
}

pub fn unusual_sign_ins(notifications: &Notifications) -> Rule {
    let (is_met, finding) = if notifications.devices {
        (true, "Holders are mailed when they sign in with a new device or from a new country.")
    } else {
        (false, "Holders are not told of sign-ins with a new device or from a new country. Turn the mails on.")
    };
    let demand = "Holders are told of sign-ins from an unusual place or client.";
    rule(SectionName::Notifications, "OWASP ASVS 6.3.5", demand, is_met, finding)
}

/// Clause, demand, and how it is met.
const BUILT_IN: &[(&str, &str, &str)] = &[
    (
        "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.1",
        "A password that stands alone has 15 characters or more, one beside a second factor 8.",
        "Shorter ones are refused.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.9",
        "Passwords of 64 characters are allowed.",
        "Up to 256 characters, all of them verified.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.5, 6.2.10",
        "No composition rules, and no change of passwords without a reason.",
        "Any characters do. A password expires only when staff set a date for one account.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.4, 6.2.11, 6.2.12",
        "New passwords are held against lists of common ones and of the person's own words.",
        "200,000 common passwords, names, addresses, and the estimate of zxcvbn.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.7",
        "Pasting and password managers work.",
        "Nothing is blocked; fields say what they are for.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.1.2",
        "Passwords are kept hashed with a memory-hard function and a salt.",
        "Argon2id, 19 MiB, two passes; hashed anew at sign-in when the parameters rise.",
    ),
    (
        "NIST SP 800-63B-4 §3.2.2, OWASP ASVS 6.3.1",
        "Failed attempts are limited.",
        "A growing delay for each account and each address; an account is locked after ten failures.",
    ),
    ("OWASP ASVS 6.3.2", "There are no default accounts.", "The first Owner is made by a link that is shown once."),
    (
        "OWASP ASVS 6.3.8",
        "A failed sign-in does not tell whether an account exists.",
        "Unknown, wrong, disabled and locked answer the same, in the same time.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.2.2, OWASP ASVS 6.5.1, 6.5.3",
        "Security codes are random and work once.",
        "Two requests with one code: one of them is refused.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.4.2, OWASP ASVS 6.5.1, 6.5.5",
        "A code of an authenticator app works for a short time, once.",
        "30 seconds, with one step of drift; an accepted code is refused afterwards.",
    ),
    (
        "NIST SP 800-63B-4 §3.1.3.2, OWASP ASVS 6.5.5, 6.6.2, 6.6.3",
        "A code that is sent works for ten minutes at most, once, for the sign-in that asked for it.",
        "Ten minutes, five attempts, a minute apart; kept as an HMAC that is bound to the sign-in.",
    ),
    (
        "NIST SP 800-63B-4 §5.1, OWASP ASVS 7.2.3, 7.2.4",
        "Session secrets are random, new at each sign-in, and verified by the server.",
        "256 bits, in an HttpOnly cookie; the database has only the hash.",
    ),
    (
        "NIST SP 800-63B-4 §2.2.3, OWASP ASVS 7.3.1, 7.3.2",
        "A session ends after an hour without use and after a day at most.",
        "One hour, 24 hours.",
    ),
    (
        "OWASP ASVS 7.4.2, 7.4.3",
        "Disabling ends all sessions; a changed factor ends the others.",
        "In the same transaction, on every node.",
    ),
    (
        "OWASP ASVS 7.4.5, 7.5.2",
        "Holders and staff see sessions, and end them.",
        "Under Sessions, in the account and in the profile.",
    ),
    ("OWASP ASVS 7.5.1", "Changing a factor, a password or an address asks again who it is.", "After ten minutes."),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_met(chosen: &Chosen, clause: &str) -> bool {
        rules(chosen).into_iter().find(|rule| rule.clause.contains(clause)).unwrap().is_met
    }

    #[test]
    fn a_rule_follows_its_setting() {
        let mut chosen = Chosen::default();
        assert!(!is_met(&chosen, "6.3.3"));
        chosen.sign_in.second_factor = SecondFactorPolicy::Required;
        assert!(is_met(&chosen, "6.3.3"));
        assert!(is_met(&chosen, "6.3.7"));
        chosen.notifications.email = false;
        assert!(!is_met(&chosen, "6.3.7"));
        assert!(is_met(&chosen, "6.3.5"));
        chosen.notifications.devices = false;
        assert!(!is_met(&chosen, "6.3.5"));
        assert!(is_met(&chosen, "6.4.4"));
        chosen.alternate_login.security_codes_enabled = true;
        assert!(!is_met(&chosen, "6.4.4"));
        assert!(is_met(&chosen, "6.4.2"));
        chosen.alternate_login.forgot_phone_enabled = true;
        assert!(!is_met(&chosen, "6.4.2"));
        chosen.sign_in.email_codes = false;
        assert!(!is_met(&chosen, "6.3.6"));
        chosen.alternate_login.forgot_phone_enabled = false;
        assert!(is_met(&chosen, "6.3.6"));
        chosen.has_email_codes = true;
        assert!(!is_met(&chosen, "6.3.6"));
        assert!(is_met(&chosen, "6.4.1"));
        chosen.onboarding.link_hours = 30 * 24;
        assert!(!is_met(&chosen, "6.4.1"));
    }

    #[test]
    fn every_rule_says_where_it_stands() {
        for rule in rules(&Chosen::default()) {
            assert!(rule.clause.contains('§') || rule.clause.contains("ASVS"), "{rule:?}");
            assert!(!rule.demand.is_empty() && !rule.finding.is_empty(), "{rule:?}");
        }
    }
}
