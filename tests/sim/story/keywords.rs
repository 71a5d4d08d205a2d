//! Each business has a keyword, which puts whoever texts it on a list and answers: the master's own, and the one that it has
//! made for its sub account.

use app::{
    administered::Whose,
    contact_lists,
    keywords::{self, NewKeyword},
    templates,
};
use testkit::{Business, World};

/// What customers text.
pub(crate) const KEYWORD: &str = "Join!";

/// Makes the keyword of each business.
pub(super) async fn make(world: &World, master: &Business, branch: &Business) {
    let (app, caller) = (&world.app, &master.owner);
    for whose in [Whose::Own, Whose::SubAccount(branch.owner.account)] {
        let name = "Club".parse().unwrap();
        let list = contact_lists::create(app, caller, whose, name).await.unwrap();
        let text = "Welcome to the club!".to_owned().try_into().unwrap();
        let template = templates::NewTemplate {
            name: "Welcome".parse().unwrap(),
            text,
            reach: app::scopes::Reach::Account,
        };
        let answer = templates::create(app, caller, whose, template).await.unwrap();
        let new = NewKeyword {
            word: "join".parse().unwrap(),
            contact_list: list.id,
            answer: Some(answer.id),
            assign: domain::automation::Assign::default(),
        };
        keywords::create(app, caller, whose, new).await.unwrap();
    }
}
