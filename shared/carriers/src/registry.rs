//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, aws_end_user_messaging::AwsEndUserMessaging, bird::Bird, message_bird::MessageBird,
    simulated::Simulated, telnyx::Telnyx, twilio::Twilio,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 6] = [&Twilio, &Telnyx, &Bird, &MessageBird, &AwsEndUserMessaging, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Bird => &Bird,
        CarrierId::MessageBird => &MessageBird,
        CarrierId::AwsEndUserMessaging => &AwsEndUserMessaging,
        CarrierId::Simulated => &Simulated,
    }
}
