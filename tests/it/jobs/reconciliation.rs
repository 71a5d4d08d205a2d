//! Repairing lists that disagree with their conversations (I13).

use serde_json::{Value, json};

use super::id;
use crate::house::{Business, House};

/// The items of a conversation whose sort key begins so, as they lie in the table.
fn items(house: &House, conversation: &str, begins: &str) -> Vec<Value> {
    let of = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
        text("pk").ends_with(conversation) && text("sk").starts_with(begins)
    };
    house.table().iter().map(|text| serde_json::from_str(text).unwrap()).filter(of).collect()
}

fn put(house: &House, item: &Value) {
    let table = &house.running.template().table.id;
    house.running.engines.dynamo.run("PutItem", &json!({"TableName": table, "Item": item})).unwrap();
}

fn delete(house: &House, item: &Value) {
    let table = &house.running.template().table.id;
    let key = json!({"pk": item["pk"], "sk": item["sk"]});
    house.running.engines.dynamo.run("DeleteItem", &json!({"TableName": table, "Key": key})).unwrap();
}

async fn reconcile(house: &House, of: &Business) -> Value {
    let job = house.post(&of.owner.token, "/v1/conversations/reconciliations", &json!({})).await.expect(202);
    house.settle().await;
    let job = house.get(&of.owner.token, &format!("/v1/jobs/{}", id(&job))).await.expect(200);
    assert_eq!(job["state"], "done", "{job:#}");
    job["progress"]["outcomes"].clone()
}

#[tokio::test]
async fn i13_lists_that_were_broken_by_hand_are_repaired_and_counts_agree_again() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner;
    let mut ids = vec![];
    for n in 0..6 {
        ids.push(id(&house.text_in(&format!("+1212555{:04}", 100 + n), &bakery, "Hello").await));
    }
    let path = format!("/v1/conversations/{}/assignees/{}", ids[0], owner.id);
    house.ask(crate::house::Ask::new("PUT", path).by(&owner.token)).await.expect(200);
    house.settle().await;
    assert_eq!(reconcile(&house, &bakery).await, json!({"done": 6}));
    let whole: Vec<Value> = ids.iter().flat_map(|it| items(&house, it, "")).collect();
    let lists = |it: &Vec<String>| -> Vec<Value> {
        let of = |id: &String| [items(&house, id, "list#"), items(&house, id, "conversation")].concat();
        it.iter().flat_map(of).collect()
    };
    let before = lists(&ids);
    // A copy that is gone, one that says something else, one too many, a conversation in the wrong list, and a copy of a
    // conversation that is not there.
    delete(&house, &items(&house, &ids[0], "list#")[0]);
    let mut copy = items(&house, &ids[1], "list#")[0].clone();
    copy["unread"] = json!({"N": "7"});
    put(&house, &copy);
    let mut stray = items(&house, &ids[2], "list#")[0].clone();
    stray["sk"] = json!({"S": format!("list#{}", owner.id)});
    let user_list = stray["g1pk"]["S"].as_str().unwrap().replace("unassigned", &owner.id);
    stray["g1pk"] = json!({"S": user_list});
    put(&house, &stray);
    let mut own = items(&house, &ids[3], "conversation")[0].clone();
    let wrong = own["g1pk"]["S"].as_str().unwrap().replace("inbox", "archived");
    own["g1pk"] = json!({"S": wrong});
    put(&house, &own);
    let mut orphan = items(&house, &ids[4], "list#")[0].clone();
    let nowhere = orphan["pk"]["S"].as_str().unwrap().replace(&ids[4], &format!("cnv_{:032x}", 7));
    orphan["pk"] = json!({"S": nowhere});
    orphan["g1sk"] =
        json!({"S": orphan["g1sk"]["S"].as_str().unwrap().replace(&ids[4], &format!("cnv_{:032x}", 7))});
    put(&house, &orphan);
    assert_ne!(lists(&ids), before);
    let repaired = reconcile(&house, &bakery).await;
    assert_eq!(repaired["repaired"], 5, "{repaired}");
    assert_eq!(lists(&ids), before);
    assert!(items(&house, &format!("cnv_{:032x}", 7), "").is_empty());
    assert_eq!(whole.len(), ids.iter().flat_map(|it| items(&house, it, "")).count());
    house.audit(owner).await;
    assert_eq!(reconcile(&house, &bakery).await, json!({"done": 6}));
    house.close().await;
}
