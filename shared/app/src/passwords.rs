//! Passwords: which may be chosen (B04), and how they are kept.
//!
//! A [`NewPassword`] exists only after the account's policy has been asked, so whatever sets a password has asked it. All
//! flaws are told at once. Strength is what zxcvbn estimates an attacker's guesses to be, who knows names and address of
//! the user; its list of passwords from breaches is the list of those that are refused whatever the policy says.

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use domain::security::{PASSWORD_CHARACTERS_MAX, PasswordPolicy};
use secrecy::{ExposeSecret, SecretString};
use storage::StoreError;
use zxcvbn::matching::patterns::{DictionaryPattern, MatchPattern};

use crate::App;

/// The length of the salt that RFC 9106 section 3.1 recommends.
const SALT_BYTES: usize = 16;

/// Words about the user that are shorter are no hint to anybody.
const HINT_CHARACTERS_MIN: usize = 3;

/// What an unknown address is verified against: a hash of nothing anybody knows, with the parameters of a real one, so
/// that the time of the answer tells nothing.
const UNKNOWN_USER_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IHRoYXQgaXM$\
                                 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password that may be set: the policy has been asked.
#[derive(Clone)]
pub struct NewPassword(SecretString);

/// What is wrong with a password that somebody wants to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Fewer characters than the policy wants.
    #[error("a password has at least {min} characters")]
    TooShort {
        /// How many it wants.
        min: u16,
    },
    /// More characters than anybody types; hashing them is work that somebody could have us do.
    #[error("a password has at most {PASSWORD_CHARACTERS_MAX} characters")]
    TooLong,
    /// It is one of the passwords that are known from breaches and tried first.
    #[error("this is one of the passwords that are tried first")]
    Common,
    /// It can be guessed too easily by somebody who knows names and address of the user.
    #[error("this password can be guessed too easily: choose more or rarer words")]
    TooWeak,
    /// It was used before, and the policy wants another.
    #[error("this password was used before")]
    UsedBefore,
}

/// Why a password was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// It has flaws: at least one.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// Something outside did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks the policy whether `password` may be set. `about` are names and addresses that an attacker would try; `earlier`
/// are the hashes of earlier passwords, newest first, of which the policy says how many count.
pub async fn choose(
    policy: &PasswordPolicy,
    password: SecretString,
    about: &[&str],
    earlier: &[String],
) -> Result<NewPassword, ChooseError> {
    let (policy, hints) = (*policy, hints(about));
    let counting: Vec<String> = earlier.iter().take(usize::from(policy.history.get())).cloned().collect();
    let judged = blocking(move || {
        let mut flaws = flaws(&policy, password.expose_secret(), &hints);
        // What is too long is not worth hashing.
        if !flaws.contains(&Flaw::TooLong) && counting.iter().any(|hash| matches(&password, hash)) {
            flaws.push(Flaw::UsedBefore);
        }
        if flaws.is_empty() { Ok(NewPassword(password)) } else { Err(ChooseError::Flawed(flaws)) }
    });
    judged.await?
}

/// What is wrong with a password by itself.
fn flaws(policy: &PasswordPolicy, password: &str, hints: &[String]) -> Vec<Flaw> {
    let (characters, min) = (password.chars().count(), policy.min_length.get());
    if characters > PASSWORD_CHARACTERS_MAX {
        return vec![Flaw::TooLong];
    }
    let mut flaws = Vec::new();
    if characters < usize::from(min) {
        flaws.push(Flaw::TooShort { min });
    }
    let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(password, &hints);
    if let [whole] = estimate.sequence()
        && is_common(&whole.pattern)
    {
        flaws.push(Flaw::Common);
    } else if u16::from(u8::from(estimate.score())) < policy.min_strength.get() {
        flaws.push(Flaw::TooWeak);
    }
    flaws
}

/// Whether what was recognised is a password of the list, however it is cased, turned around or repeated.
fn is_common(pattern: &MatchPattern) -> bool {
    match pattern {
        // The list of passwords is the default of a type that zxcvbn does not export.
        MatchPattern::Dictionary(word) => {
            word.dictionary_name == DictionaryPattern::default().dictionary_name
        }
        MatchPattern::Repeat(repeat) => match repeat.base_matches.as_slice() {
            [base] => is_common(&base.pattern),
            _ => false,
        },
        _ => false,
    }
}

/// The texts, the words in them, and the parts of addresses, which may be several words.
fn hints(about: &[&str]) -> Vec<String> {
    let words = about.iter().flat_map(|text| text.split(|character: char| !character.is_alphanumeric()));
    let parts = about.iter().flat_map(|text| text.split(['@', '.', ' ']));
    let mut hints: Vec<String> =
        about.iter().copied().chain(words).chain(parts).map(str::to_lowercase).collect();
    hints.retain(|hint| hint.chars().count() >= HINT_CHARACTERS_MIN);
    hints.sort();
    hints.dedup();
    hints
}

/// Hashes a password with argon2id and the parameters of the OWASP Password Storage Cheat Sheet, the crate's defaults.
pub(crate) async fn hash(app: &App, password: NewPassword) -> Result<String, StoreError> {
    let mut salt = [0; SALT_BYTES];
    app.ids.fill(&mut salt);
    let hashed = blocking(move || {
        Argon2::default()
            .hash_password_with_salt(password.0.expose_secret().as_bytes(), &salt)
            .map(|hash: PasswordHash| hash.to_string())
    });
    hashed
        .await?
        .map_err(|error| StoreError::Unreadable { kind: "password", source: error.to_string().into() })
}

/// Whether this is the password that was hashed. `None`: there is no such user, which takes as long to find out.
pub(crate) async fn verify(password: SecretString, hash: Option<&str>) -> Result<bool, StoreError> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(UNKNOWN_USER_HASH).to_owned();
    // Tests count these: what everybody costs us must not depend on who they are.
    tracing::debug!("a password is compared");
    Ok(blocking(move || matches(&password, &hash)).await? && known)
}

fn matches(password: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
    })
}

/// Runs what keeps a processor busy for tens of milliseconds away from the event loop.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| StoreError::Unreadable { kind: "password", source: error.into() })
}

#[cfg(test)]
mod tests {
    use domain::security::{History, MinLength, MinStrength};

    use super::*;

    fn policy(min_length: u16, min_strength: u16) -> PasswordPolicy {
        PasswordPolicy {
            min_length: MinLength::nearest(min_length),
            min_strength: MinStrength::nearest(min_strength),
            ..PasswordPolicy::default()
        }
    }

    fn check(policy: &PasswordPolicy, password: &str) -> Vec<Flaw> {
        flaws(policy, password, &hints(&["gwendolyn@oakwood-bakery.example", "Gwendolyn Featherstone"]))
    }

    #[test]
    fn b04_each_flaw_is_found() {
        let usual = PasswordPolicy::default();
        let long = "ab1 ".repeat(51);
        for (password, expected) in [
            ("correct horse battery", vec![]),
            ("Vier Möwen über Kiel", vec![]),
            ("kx7#Qw", vec![Flaw::TooShort { min: 10 }, Flaw::TooWeak]),
            ("kx7#QwzP9", vec![Flaw::TooShort { min: 10 }]),
            (&long, vec![Flaw::TooLong]),
            ("qwertyuiop", vec![Flaw::Common]),
            ("PasswordPassword", vec![Flaw::Common]),
            ("1q2w3e4r5t", vec![Flaw::Common]),
            ("abcdefghijklm", vec![Flaw::TooWeak]),
            ("aaaaaaaaaaaaaaaaaaaa", vec![Flaw::TooWeak]),
            ("gwendolyn1987", vec![Flaw::TooWeak]),
            ("Featherstone", vec![Flaw::TooWeak]),
            ("oakwood-bakery", vec![Flaw::TooWeak]),
        ] {
            assert_eq!(check(&usual, password), expected, "{password}");
        }
    }

    #[test]
    fn b04_common_passwords_are_refused_however_weak_others_may_be() {
        let lax = policy(10, 0);
        for password in ["qwertyuiop", "1q2w3e4r5t", "passwordpassword"] {
            assert_eq!(check(&lax, password), [Flaw::Common], "{password}");
        }
        assert_eq!(check(&lax, "featherstone"), []);
    }

    #[test]
    fn b04_the_policy_may_ask_for_more() {
        assert_eq!(check(&policy(22, 2), "correct horse battery"), [Flaw::TooShort { min: 22 }]);
        assert_eq!(check(&policy(10, 4), "blue kettle"), [Flaw::TooWeak]);
        assert_eq!(check(&policy(10, 4), "correct horse battery staple"), []);
    }

    #[tokio::test]
    async fn b04_as_many_earlier_passwords_count_as_the_policy_says() {
        let hash = |password: &str| {
            let hash: PasswordHash =
                Argon2::default().hash_password_with_salt(password.as_bytes(), &[7; SALT_BYTES]).unwrap();
            hash.to_string()
        };
        let earlier = ["correct horse battery", "purple elephant stairs"].map(hash);
        let choose_with = async |history, password: &str| {
            let policy = PasswordPolicy { history: History::nearest(history), ..PasswordPolicy::default() };
            match choose(&policy, password.into(), &[], &earlier).await {
                Ok(_) => vec![],
                Err(ChooseError::Flawed(flaws)) => flaws,
                Err(ChooseError::Store(error)) => panic!("{error}"),
            }
        };
        assert_eq!(choose_with(0, "correct horse battery").await, []);
        assert_eq!(choose_with(1, "correct horse battery").await, [Flaw::UsedBefore]);
        assert_eq!(choose_with(1, "purple elephant stairs").await, []);
        assert_eq!(choose_with(2, "purple elephant stairs").await, [Flaw::UsedBefore]);
    }

    #[tokio::test]
    async fn nobodys_password_is_compared_and_never_right() {
        assert!(!verify("correct horse battery".into(), None).await.unwrap());
        assert!(PasswordHash::new(UNKNOWN_USER_HASH).is_ok());
    }
}
