//! A business and its settings.

use domain::account::ZoneName;
use domain::id::{AccountId, GatewayId};
use domain::name::DisplayName;
use domain::phone::Region;
use http_api::schema;
use serde::Serialize;

/// A business and its settings.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Account {
    /// Its id.
    #[schema(value_type = schema::AccountId)]
    id: AccountId,
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
    /// The gateway that new conversations start from unless another is named; null as long as there is none.
    #[schema(value_type = Option<schema::GatewayId>, required = true)]
    default_gateway_id: Option<GatewayId>,
}

impl From<domain::account::Account> for Account {
    fn from(account: domain::account::Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            time_zone: account.time_zone,
            region: account.region,
            wake_on_reply: account.wake_on_reply,
            default_gateway_id: account.default_gateway,
        }
    }
}
