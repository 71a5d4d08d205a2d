//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, aws_end_user_messaging::AwsEndUserMessaging, bandwidth::Bandwidth, bird::Bird,
    infobip::Infobip, message_bird::MessageBird, plivo::Plivo, simulated::Simulated, sinch::Sinch,
    telnyx::Telnyx, twilio::Twilio, vonage::Vonage, vonage_sms::VonageSms,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 12] = [
    &Twilio,
    &Telnyx,
    &Plivo,
    &Vonage,
    &VonageSms,
    &Bandwidth,
    &Infobip,
    &Sinch,
    &Bird,
    &MessageBird,
    &AwsEndUserMessaging,
    &Simulated,
];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Plivo => &Plivo,
        CarrierId::Vonage => &Vonage,
        CarrierId::VonageSms => &VonageSms,
        CarrierId::Bandwidth => &Bandwidth,
        CarrierId::Infobip => &Infobip,
        CarrierId::Sinch => &Sinch,
        CarrierId::Bird => &Bird,
        CarrierId::MessageBird => &MessageBird,
        CarrierId::AwsEndUserMessaging => &AwsEndUserMessaging,
        CarrierId::Simulated => &Simulated,
    }
}
