//! The simulated carrier is for trying out: production does not let businesses add it.

use std::sync::Arc;

use app::gateways::{GatewayError, NewGateway};
use app::{App, Config};
use carriers::Credentials;
use domain::account::CarrierId;
use testkit::World;

#[tokio::test(start_paused = true)]
async fn where_the_simulated_carrier_is_not_offered_nobody_may_choose_an_address_for_our_requests() {
    let world = World::new(1).await;
    let business = world.business("florist", "+12025550100", 10).await;
    let config = &world.app.config;
    let production = Config {
        public_url: config.public_url.clone(),
        secret_prefix: config.secret_prefix.clone(),
        link_key_secret: None,
        live_url: None,
        operator_key_secret: config.operator_key_secret.clone(),
        simulated_carrier: false,
    };
    let app = App { config: Arc::new(production), ..world.app.clone() };
    let inside = r#"{"base_url": "http://169.254.169.254/", "api_key": "a", "signing_secrets": ["b"]}"#;
    let gateway = || NewGateway {
        name: "Back door".to_owned().try_into().unwrap(),
        carrier: CarrierId::Simulated,
        sender: "+12025550101".to_owned(),
        credentials: Credentials::new(inside.into()),
    };
    let refused = app::gateways::add(&app, &business.owner, gateway()).await;
    assert!(matches!(refused, Err(GatewayError::CarrierNotOffered)), "{refused:?}");
    app::gateways::add(&world.app, &business.owner, gateway()).await.unwrap();
}
