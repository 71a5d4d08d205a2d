//! A gateway, as the API shows it.

use app::App;
use domain::account::CarrierId;
use domain::id::GatewayId;
use domain::message::Refusal;
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
    /// Whether media can be sent from it.
    sends_media: bool,
    /// How many segments leave in a second at most, interactive messages first; null: as many as the carrier takes.
    #[schema(minimum = 1, maximum = 1000, example = 1)]
    segments_per_second: Option<u32>,
    /// The gateway that a message leaves by if the carrier of this one has surely not sent it.
    #[schema(value_type = Option<schema::GatewayId>)]
    backup_gateway_id: Option<GatewayId>,
    /// When it was retired: nothing leaves by it any more, what customers write still arrives.
    #[schema(value_type = Option<schema::Time>)]
    retired_at: Option<Timestamp>,
    /// Since when its carrier refuses what it is given; null: it works, as far as is known.
    trouble: Option<Trouble>,
    /// When it was added.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

/// A gateway does not work.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = GatewayTrouble)]
struct Trouble {
    /// Since when.
    #[schema(value_type = schema::Time)]
    since: Timestamp,
    /// What the carrier says.
    #[schema(value_type = schema::FailureReason)]
    reason: Refusal,
}

impl Gateway {
    pub(crate) fn new(app: &App, gateway: domain::gateway::Gateway) -> Self {
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
            sends_media: gateway.sends_media,
            segments_per_second: gateway.pace.map(u32::from),
            backup_gateway_id: gateway.backup,
            retired_at: gateway.retired_at,
            trouble: gateway.trouble.map(|it| Trouble { since: it.since, reason: it.reason }),
            created_at: gateway.created_at,
        }
    }
}
