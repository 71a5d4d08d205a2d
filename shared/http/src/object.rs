//! Objects within a body.
//!
//! serde reads a list as a struct too, field by field, and where every field may be absent even an empty one. That is not
//! our API: a field that holds an object says `#[serde(deserialize_with = "http_api::object")]`.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Reads an object and nothing else.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

struct Optional<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Optional<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        object(deserializer).map(Some)
    }
}

/// Reads an object or null; with `#[serde(default)]` the field may be absent as well.
pub fn optional_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_option(Optional(PhantomData))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(deserialize_with = "super::object")]
        inner: Inner,
        #[serde(default, deserialize_with = "super::optional_object")]
        other: Option<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        name: Option<u8>,
    }

    #[test]
    fn an_object_is_read_and_a_list_is_none() {
        let read = |text: &str| serde_json::from_str::<Outer>(text);
        let inner = |name| Inner { name };
        for (text, expected) in [
            (r#"{"inner": {}}"#, Outer { inner: inner(None), other: None }),
            (r#"{"inner": {"name": 1}, "other": null}"#, Outer { inner: inner(Some(1)), other: None }),
            (
                r#"{"inner": {}, "other": {"name": 2}}"#,
                Outer { inner: inner(None), other: Some(inner(Some(2))) },
            ),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for text in [
            r#"{"inner": []}"#,
            r#"{"inner": [1]}"#,
            r#"{"inner": null}"#,
            r#"{"inner": {}, "other": []}"#,
            r#"{"inner": {"name": 1, "more": 2}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
