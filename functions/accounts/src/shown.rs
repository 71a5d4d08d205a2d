//! Accounts as this function shows them.

use std::collections::BTreeMap;

use app::accounts::OwnAccount;
use domain::access::Feature;
use domain::account::ZoneName;
use domain::id::{AccountId, GatewayId};
use domain::name::DisplayName;
use domain::phone::Region;
use domain::policy::Policy;
use domain::quiet::LocalTime;
use domain::quiet_hours::{self, Span};
use http_api::resource::Branding;
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account has bought.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Which plan.
    pub(crate) name: PlanName,
    /// How many users it includes beside the owner; each further one is an extra seat.
    #[schema(example = 5)]
    pub(crate) included_users: u32,
}

/// A plan.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanName {
    /// Administration only: no texting, no keywords, no sub accounts.
    Starter,
    /// Everything.
    Growth,
}

impl From<domain::policy::Plan> for Plan {
    fn from(plan: domain::policy::Plan) -> Self {
        let name = match plan.name {
            domain::policy::PlanName::Starter => PlanName::Starter,
            domain::policy::PlanName::Growth => PlanName::Growth,
        };
        Self { name, included_users: plan.included_users }
    }
}

impl From<Plan> for domain::policy::Plan {
    fn from(plan: Plan) -> Self {
        let name = match plan.name {
            PlanName::Starter => domain::policy::PlanName::Starter,
            PlanName::Growth => domain::policy::PlanName::Growth,
        };
        Self { name, included_users: plan.included_users }
    }
}

/// What an account may do, beside what its people may.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Standing {
    /// What it has bought.
    plan: Plan,
    /// What it has and has not, by its plan and by what its master has switched off.
    #[schema(value_type = BTreeMap<String, bool>, example = json!({"messaging": true, "buy_credits": false}))]
    features: BTreeMap<Feature, bool>,
    /// Since when it is a paying customer; null if it is none yet.
    #[schema(value_type = Option<schema::Time>, required = true)]
    paying_since: Option<Timestamp>,
    /// Since when it is suspended; null if it is not.
    #[schema(value_type = Option<schema::Time>, required = true)]
    suspended_since: Option<Timestamp>,
    /// Whether the operator has suspended it; then its master cannot reopen it.
    suspended_by_operator: bool,
    /// Until when its master may enter it as support; null if it may not.
    #[schema(value_type = Option<schema::Time>, required = true)]
    support_until: Option<Timestamp>,
}

impl From<&Policy> for Standing {
    fn from(policy: &Policy) -> Self {
        Self {
            plan: policy.plan.into(),
            features: Feature::ALL.into_iter().map(|feature| (feature, policy.has(feature))).collect(),
            paying_since: policy.paying_since,
            suspended_since: policy.suspended_since,
            suspended_by_operator: policy.suspended_by_operator,
            support_until: policy.support_until,
        }
    }
}

/// The caller's account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AccountSettings {
    /// Its id.
    #[schema(value_type = schema::AccountId)]
    id: AccountId,
    /// The account that it is a sub account of; null if it stands by itself.
    #[schema(value_type = Option<schema::AccountId>, required = true)]
    parent_id: Option<AccountId>,
    /// Its name.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// The time zone in which "tomorrow at nine" is understood.
    #[schema(value_type = schema::TimeZone)]
    time_zone: ZoneName,
    /// Where numbers without a country code are understood to be.
    #[schema(value_type = schema::Region)]
    region: Region,
    /// Whether a customer's message wakes a snoozed conversation.
    wake_on_reply: bool,
    /// How the quiet hours of its customers are kept.
    quiet_hours: QuietHours,
    /// Whether a conversation is unread to each person until they have read it themselves.
    individual_read_state: bool,
    /// The gateway that new conversations start from unless another is named; null as long as there is none.
    #[schema(value_type = Option<schema::GatewayId>, required = true)]
    default_gateway_id: Option<GatewayId>,
    /// How it looks to its people: its own looks, and what its master says for all its sub accounts.
    look: Branding,
    /// What is said of its own looks.
    branding: Branding,
    /// How its sub accounts look, but for what is said of each.
    sub_account_branding: Branding,
    /// What it may do.
    standing: Standing,
    /// When it was opened.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

/// How the quiet hours of customers are kept. What is no answer to something that they wrote within 24 hours is deferred in
/// them: from 21:00 to 8:00 by the customer's clock, longer where a state says so.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietHours {
    /// Whether they are kept.
    enforced: bool,
    /// Narrower hours of the account's own; if absent or null, those of the law.
    #[serde(default)]
    #[schema(value_type = Option<HoursOfDay>)]
    within: Option<Span>,
}

/// Part of a day by the clock on the wall.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it only describes a span")]
pub(crate) struct HoursOfDay {
    /// When it begins.
    #[schema(value_type = schema::LocalTime)]
    from: LocalTime,
    /// When it is over, later on the same day.
    #[schema(value_type = schema::LocalTime)]
    to: LocalTime,
}

impl From<quiet_hours::QuietHours> for QuietHours {
    fn from(it: quiet_hours::QuietHours) -> Self {
        Self { enforced: it.enforced, within: it.within }
    }
}

impl From<QuietHours> for quiet_hours::QuietHours {
    fn from(it: QuietHours) -> Self {
        Self { enforced: it.enforced, within: it.within }
    }
}

impl From<OwnAccount> for AccountSettings {
    fn from(OwnAccount { account, policy, look }: OwnAccount) -> Self {
        Self {
            id: account.id,
            parent_id: account.parent,
            name: account.name,
            time_zone: account.time_zone,
            region: account.region,
            wake_on_reply: account.wake_on_reply,
            quiet_hours: account.quiet_hours.into(),
            individual_read_state: policy.individual_read_since.is_some(),
            default_gateway_id: account.default_gateway,
            look: look.into(),
            branding: account.branding.into(),
            sub_account_branding: account.sub_account_branding.into(),
            standing: Standing::from(&policy),
            created_at: account.created_at,
        }
    }
}

/// A sub account, as its master sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SubAccount {
    /// Its id.
    #[schema(value_type = schema::AccountId)]
    id: AccountId,
    /// Its name.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// Its time zone.
    #[schema(value_type = schema::TimeZone)]
    time_zone: ZoneName,
    /// Where its people write numbers without a country code.
    #[schema(value_type = schema::Region)]
    region: Region,
    /// How it looks to its people.
    look: Branding,
    /// What is said of its looks alone.
    branding: Branding,
    /// What it may do.
    standing: Standing,
    /// When it was opened.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<app::sub_accounts::SubAccount> for SubAccount {
    fn from(it: app::sub_accounts::SubAccount) -> Self {
        let app::sub_accounts::SubAccount { account, policy, look } = it;
        Self {
            id: account.id,
            name: account.name,
            time_zone: account.time_zone,
            region: account.region,
            look: look.into(),
            branding: account.branding.into(),
            standing: Standing::from(&policy),
            created_at: account.created_at,
        }
    }
}
