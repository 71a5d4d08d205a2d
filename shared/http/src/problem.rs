//! Why a request was refused: one closed enum, one table, the only place that knows status codes.
//!
//! Every error answer of the API is a problem document (RFC 9457). What the caller may read and what we log are
//! two different things: a [`Problem`] carries the data that the caller needs in order to go on, and for failures
//! of ours the cause, which only the log sees, once, next to the request's id.
//!
//! `docs/errors.md` explains each problem to the people who write clients; a test compares it with this table.

mod document;

pub(crate) use document::Answered;
pub use document::ProblemDocument;

use crate::field::FieldError;
use http::StatusCode;
use std::borrow::Cow;
use std::error::Error;

/// Where the `type` of each problem points to, followed by its slug.
pub const TYPE_BASE: &str = "https://textdesk.example/problems/";

/// How long a caller should wait when the table or another service of ours is busy, in seconds.
const UNAVAILABLE_RETRY_SECONDS: u32 = 2;

/// An error from below, kept for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A reason not to do what was asked, with what the caller needs to know about it.
#[derive(Debug)]
pub enum Problem {
    /// The body is not JSON at all, or empty. The text says which, in our own words.
    Malformed(&'static str),
    /// No session, or one that has ended.
    Unauthenticated,
    /// E-mail address and password do not belong together; which of the two is wrong is not said.
    SignInFailed,
    /// The password is right, and a code of the second factor is wanted as well.
    SecondFactorRequired,
    /// The account cannot pay for the message.
    NotEnoughCredits {
        /// Credits that the request needs.
        needed: u64,
        /// Credits that the account has left.
        available: u64,
    },
    /// The caller may know that the thing exists, but lacks a permission.
    Forbidden {
        /// The permission that is missing, by its name in the API.
        permission: &'static str,
    },
    /// The account's plan or its master leaves the feature out (C23, E01).
    NotInPlan {
        /// The feature that is missing.
        feature: &'static str,
    },
    /// Only paying customers can do this (B02).
    PayingCustomersOnly,
    /// The account is suspended.
    AccountSuspended,
    /// The account may not be used from the caller's address (B04).
    AddressNotAllowed,
    /// The caller has to set up a second factor before anything else (B04).
    SecondFactorSetupRequired,
    /// The caller has to choose another password before anything else (B04).
    PasswordExpired,
    /// A program, or a visitor from the master account, asked for something that only members of staff have.
    PeopleOnly,
    /// The recipient has opted out; nobody may text this number (invariant I07).
    RecipientOptedOut,
    /// The recipient is on the stop list; nobody may text them (B15, invariant I07).
    RecipientBlocked,
    /// A webhook whose signature is missing or wrong.
    WebhookNotGenuine,
    /// There is no such thing, or it belongs to another account (invariant I09).
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The state of the thing does not allow the change. The text says what is in the way.
    Conflict(Cow<'static, str>),
    /// A request with the same `Idempotency-Key` is still running (invariant I12).
    InProgress {
        /// Seconds after which asking again makes sense.
        retry_after_seconds: u32,
    },
    /// The action exists, but this conversation does not offer it in its present state.
    ActionNotAvailable {
        /// What was asked for.
        action: String,
        /// What is offered instead.
        available_actions: Vec<String>,
    },
    /// Another contact of the account has this number or e-mail address.
    ContactTaken {
        /// Which field of the request, as a JSON pointer.
        pointer: String,
        /// The id of the other contact.
        contact_id: String,
    },
    /// Somebody has written since the sender looked; nothing was sent.
    ConversationHasMovedOn {
        /// The newest message, if there is any.
        last_message_id: Option<String>,
    },
    /// Another user already signs in with this e-mail address.
    EmailTaken,
    /// Another gateway already has this number.
    NumberTaken,
    /// Nobody would be left who can manage users (rule X16).
    LastAccountManager,
    /// A sub account does not let its master in now (A09).
    SupportNotAllowed,
    /// Only the master account can change this (A06, A07).
    ManagedByMaster,
    /// A link that was e-mailed has ended, or was used before.
    LinkEnded,
    /// A cursor of changes is older than the log of changes reaches, or was made when the caller saw more or less.
    ChangesExpired,
    /// The body is larger than the limit.
    TooLarge {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The request can be read, but not all of it makes sense.
    Invalid(Vec<FieldError>),
    /// The `Idempotency-Key` was used before, for a different request (invariant I12).
    IdempotencyKeyReused,
    /// Too many requests, or too many wrong passwords.
    RateLimited {
        /// Seconds to wait.
        retry_after_seconds: u32,
    },
    /// We are at fault. The caller sees only the request's id.
    Internal(Cause),
    /// A service that we need is busy or away; trying again may help.
    Unavailable(Cause),
    /// The gateway lacks the credentials without which nothing can be sent or verified.
    GatewayNotConfigured,
}

impl Problem {
    /// One field of the request is wrong.
    pub fn invalid(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }

    /// A failure of ours, whose cause is logged with the request's id and never shown.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// A temporary failure of ours, whose cause is logged with the request's id and never shown.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// The row of the table that this problem belongs to.
    pub const fn kind(&self) -> ProblemKind {
        match self {
            Self::Malformed(_) => ProblemKind::Malformed,
            Self::Unauthenticated => ProblemKind::Unauthenticated,
            Self::SignInFailed => ProblemKind::SignInFailed,
            Self::SecondFactorRequired => ProblemKind::SecondFactorRequired,
            Self::NotEnoughCredits { .. } => ProblemKind::NotEnoughCredits,
            Self::Forbidden { .. } => ProblemKind::Forbidden,
            Self::NotInPlan { .. } => ProblemKind::NotInPlan,
            Self::PayingCustomersOnly => ProblemKind::PayingCustomersOnly,
            Self::AccountSuspended => ProblemKind::AccountSuspended,
            Self::AddressNotAllowed => ProblemKind::AddressNotAllowed,
            Self::SecondFactorSetupRequired => ProblemKind::SecondFactorSetupRequired,
            Self::PasswordExpired => ProblemKind::PasswordExpired,
            Self::PeopleOnly => ProblemKind::PeopleOnly,
            Self::RecipientOptedOut => ProblemKind::RecipientOptedOut,
            Self::RecipientBlocked => ProblemKind::RecipientBlocked,
            Self::WebhookNotGenuine => ProblemKind::WebhookNotGenuine,
            Self::NotFound => ProblemKind::NotFound,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::Conflict(_) => ProblemKind::Conflict,
            Self::InProgress { .. } => ProblemKind::InProgress,
            Self::ActionNotAvailable { .. } => ProblemKind::ActionNotAvailable,
            Self::ContactTaken { .. } => ProblemKind::ContactTaken,
            Self::ConversationHasMovedOn { .. } => ProblemKind::ConversationHasMovedOn,
            Self::EmailTaken => ProblemKind::EmailTaken,
            Self::NumberTaken => ProblemKind::NumberTaken,
            Self::LastAccountManager => ProblemKind::LastAccountManager,
            Self::SupportNotAllowed => ProblemKind::SupportNotAllowed,
            Self::ManagedByMaster => ProblemKind::ManagedByMaster,
            Self::LinkEnded => ProblemKind::LinkEnded,
            Self::ChangesExpired => ProblemKind::ChangesExpired,
            Self::TooLarge { .. } => ProblemKind::TooLarge,
            Self::UnsupportedMediaType => ProblemKind::UnsupportedMediaType,
            Self::Invalid(_) => ProblemKind::Invalid,
            Self::IdempotencyKeyReused => ProblemKind::IdempotencyKeyReused,
            Self::RateLimited { .. } => ProblemKind::RateLimited,
            Self::Internal(_) => ProblemKind::Internal,
            Self::Unavailable(_) => ProblemKind::Unavailable,
            Self::GatewayNotConfigured => ProblemKind::GatewayNotConfigured,
        }
    }

    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        self.kind().row().1
    }

    /// What went wrong on our side, for the log.
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }

    /// Seconds for the `Retry-After` header.
    pub(crate) const fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::InProgress { retry_after_seconds } | Self::RateLimited { retry_after_seconds } => {
                Some(*retry_after_seconds)
            }
            Self::Unavailable(_) => Some(UNAVAILABLE_RETRY_SECONDS),
            _ => None,
        }
    }
}

/// Declares the kinds of problems and their table in one place.
macro_rules! problems {
    ($($(#[$doc:meta])* $kind:ident => $slug:literal, $status:ident, $title:literal;)+) => {
        /// A row of the table of problems, without the data of a single case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemKind {
            $(#[doc = $title] $kind,)+
        }

        impl ProblemKind {
            /// Every kind, in the order of their status.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            const fn row(self) -> (&'static str, StatusCode, &'static str) {
                match self {
                    $(Self::$kind => ($slug, StatusCode::$status, $title),)+
                }
            }
        }
    };
}

problems! {
    Malformed => "malformed", BAD_REQUEST, "The body is not JSON";
    Unauthenticated => "unauthenticated", UNAUTHORIZED, "Sign in first";
    SignInFailed => "sign-in-failed", UNAUTHORIZED, "E-mail address or password is wrong";
    SecondFactorRequired => "second-factor-required", UNAUTHORIZED, "A code of the second factor is needed as well";
    NotEnoughCredits => "not-enough-credits", PAYMENT_REQUIRED, "The account has not enough credits";
    PayingCustomersOnly => "paying-customers-only", PAYMENT_REQUIRED, "This is for paying customers";
    Forbidden => "forbidden", FORBIDDEN, "You are not allowed to do this";
    NotInPlan => "not-in-plan", FORBIDDEN, "The account has not this feature";
    AccountSuspended => "account-suspended", FORBIDDEN, "The account is suspended";
    AddressNotAllowed => "address-not-allowed", FORBIDDEN, "The account may not be used from this address";
    SecondFactorSetupRequired => "second-factor-setup-required", FORBIDDEN, "Set up a second factor first";
    PasswordExpired => "password-expired", FORBIDDEN, "Choose another password first";
    PeopleOnly => "people-only", FORBIDDEN, "This is for people who have signed in";
    RecipientOptedOut => "recipient-opted-out", FORBIDDEN, "The recipient does not want messages";
    RecipientBlocked => "recipient-blocked", FORBIDDEN, "The recipient is on the stop list";
    WebhookNotGenuine => "webhook-not-genuine", FORBIDDEN, "The signature of the webhook is missing or wrong";
    NotFound => "not-found", NOT_FOUND, "There is no such thing";
    MethodNotAllowed => "method-not-allowed", METHOD_NOT_ALLOWED, "This path does not know this method";
    Conflict => "conflict", CONFLICT, "The present state does not allow this";
    InProgress => "in-progress", CONFLICT, "The same request is still running";
    ActionNotAvailable => "action-not-available", CONFLICT, "The conversation does not offer this action now";
    ContactTaken => "contact-taken", CONFLICT, "Another contact has this number or e-mail address";
    ConversationHasMovedOn => "conversation-has-moved-on", CONFLICT, "Somebody has written in the meantime";
    EmailTaken => "email-taken", CONFLICT, "Somebody already uses this e-mail address";
    NumberTaken => "number-taken", CONFLICT, "A gateway already has this number";
    LastAccountManager => "last-account-manager", CONFLICT, "Somebody has to be able to manage users";
    SupportNotAllowed => "support-not-allowed", CONFLICT, "The sub account does not allow support now";
    ManagedByMaster => "managed-by-master", CONFLICT, "Only the master account can change this";
    LinkEnded => "link-ended", GONE, "The link has ended or was used before";
    ChangesExpired => "changes-expired", GONE, "Load the lists anew";
    TooLarge => "too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType => "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body has to be JSON";
    Invalid => "invalid", UNPROCESSABLE_ENTITY, "The request is not valid";
    IdempotencyKeyReused => "idempotency-key-reused", UNPROCESSABLE_ENTITY,
        "The Idempotency-Key belongs to another request";
    RateLimited => "rate-limited", TOO_MANY_REQUESTS, "Too many requests";
    Internal => "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    Unavailable => "unavailable", SERVICE_UNAVAILABLE, "We are busy";
    GatewayNotConfigured => "gateway-not-configured", SERVICE_UNAVAILABLE, "The gateway lacks its credentials";
}

impl ProblemKind {
    /// The last part of the problem's `type`, and its heading in `docs/errors.md`.
    pub const fn slug(self) -> &'static str {
        self.row().0
    }

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// One line for a person, the same for each case of this kind.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// The URI that identifies this kind of problem.
    pub fn type_uri(self) -> String {
        format!("{TYPE_BASE}{}", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_problem_has_its_own_slug_and_an_error_status() {
        let slugs: BTreeSet<_> = ProblemKind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), ProblemKind::ALL.len());
        for kind in ProblemKind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
            assert!(kind.slug().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{kind:?}");
        }
    }

    #[test]
    fn the_table_is_ordered_by_status_so_that_it_can_be_read() {
        assert!(ProblemKind::ALL.is_sorted_by_key(|kind| kind.status()));
    }

    /// The document for client authors has a line and a chapter for each problem, and none for others.
    #[test]
    fn the_document_of_errors_lists_exactly_this_table() {
        let document = include_str!("../../../docs/errors.md");
        for kind in ProblemKind::ALL {
            let (slug, status, title) = (kind.slug(), kind.status().as_u16(), kind.title());
            let line = format!("| [`{slug}`](#{slug}) | {status} | {title} |");
            assert!(document.contains(&line), "docs/errors.md lacks the line: {line}");
        }
        let chapters: Vec<_> = document.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let slugs: Vec<_> = ProblemKind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(chapters, slugs);
    }
}
