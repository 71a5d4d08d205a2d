//! A gateway, as the API shows it.

use app::App;
use domain::account::CarrierId;
use domain::id::GatewayId;
use domain::name::DisplayName;
use domain::sender_id::{SenderId, SenderKind};
use http_api::schema;
use jiff::Timestamp;
use serde::Serialize;

/// One of our numbers at one carrier.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Gateway {
    /// Its id.
    #[schema(value_type = schema::GatewayId)]
    id: GatewayId,
    /// Its name for people.
    #[schema(value_type = schema::DisplayName, example = "Front desk")]
    name: DisplayName,
    /// Its carrier.
    #[schema(value_type = schema::Carrier)]
    carrier: CarrierId,
    /// Our number in E.164, the short code, or the name.
    #[schema(value_type = schema::SenderId)]
    number: SenderId,
    /// What it is. A name cannot be answered.
    #[schema(value_type = schema::SenderKind)]
    kind: SenderKind,
    /// Enter this at the carrier: where it sends what customers write.
    #[schema(
        format = "uri",
        example = "https://textdesk.example/v1/carriers/twilio/gwy_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b/inbound"
    )]
    inbound_url: String,
    /// Where the carrier sends receipts. Each message names it, so it need not be entered at the carrier.
    #[schema(
        format = "uri",
        example = "https://textdesk.example/v1/carriers/twilio/gwy_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b/status"
    )]
    status_url: String,
    /// When it was added.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl Gateway {
    pub(crate) fn new(app: &App, gateway: domain::account::Gateway) -> Self {
        let url = |kind| {
            let path = format!("/v1/carriers/{}/{}/{kind}", gateway.carrier, gateway.id);
            app::webhook::public_url(app, &path).map(String::from).unwrap_or_default()
        };
        Self {
            inbound_url: url("inbound"),
            status_url: url("status"),
            id: gateway.id,
            name: gateway.name,
            carrier: gateway.carrier,
            kind: gateway.sender.kind(),
            number: gateway.sender,
            created_at: gateway.created_at,
        }
    }
}
