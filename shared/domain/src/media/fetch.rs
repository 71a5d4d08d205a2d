//! From where a file may be fetched: never from inside a network.
//!
//! Whoever fetches asks [`check`] for the first address and for each redirect, and [`is_public`] for every address that the
//! name resolved to, and then connects to one of these and to no other: a name may resolve anew.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// At most this many redirects are followed: a carrier's own address, its storage and one more.
pub const REDIRECTS_MAX: usize = 3;

/// Why nothing is fetched from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not `https`.
    #[error("only https addresses are fetched")]
    Scheme,
    /// It carries a name or password of its own.
    #[error("the address holds credentials")]
    Credentials,
    /// Another port than that of https.
    #[error("only the port of https is asked")]
    Port,
    /// An address that is not public.
    #[error("the address is not public")]
    Private,
    /// More than [`REDIRECTS_MAX`] redirects.
    #[error("there are too many redirects")]
    Redirects,
}

/// Whether the address may be asked at all, after `redirects` redirects; a name's addresses are checked when they are known.
///
/// # Errors
///
/// [`Refused`] says why not.
pub fn check(url: &Url, redirects: usize) -> Result<(), Refused> {
    if redirects > REDIRECTS_MAX {
        return Err(Refused::Redirects);
    }
    if url.scheme() != "https" {
        return Err(Refused::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    if url.port().is_some() {
        return Err(Refused::Port);
    }
    let is_allowed = match url.host() {
        Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => true,
        None => false,
    };
    if is_allowed { Ok(()) } else { Err(Refused::Private) }
}

/// Whether the gateway's credentials may go to `url`: only to the carrier's own hosts, compared as a whole, so that a
/// redirect to a content network gets none.
#[must_use]
pub fn takes_credentials(url: &Url, own_hosts: &[&str]) -> bool {
    url.scheme() == "https"
        && url.port().is_none()
        && url.host_str().is_some_and(|host| own_hosts.contains(&host))
}

/// Whether an address is one of the public internet. What is not known to be so is not.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_assigned = a == 192 && b == 0 && c == 0;
    let is_relay = a == 192 && b == 88 && c == 99;
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 224
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        || is_shared
        || is_assigned
        || is_relay
        || is_benchmark)
}

/// Only `2000::/3` is given out as global; what in it is special or carries an IPv4 address (6to4, Teredo) is refused, and
/// with everything outside of it the mapped, translated and local ones.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_special = first == 0x2001 && second < 0x200;
    let is_documentation = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    first & 0xe000 == 0x2000 && first != 0x2002 && !is_special && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::{REDIRECTS_MAX, Refused, check, is_public, takes_credentials};

    fn asked(url: &str) -> Result<(), Refused> {
        check(&url.parse().unwrap(), 0)
    }

    #[test]
    fn b01_nothing_is_fetched_from_inside_a_network() {
        let inside = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ];
        for ip in inside {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn b01_an_address_is_https_without_a_port_or_credentials_however_it_is_written() {
        assert_eq!(asked("https://api.twilio.com/media/1"), Ok(()));
        assert_eq!(asked("https://api.twilio.com:443/media/1"), Ok(()));
        assert_eq!(asked("http://api.twilio.com/"), Err(Refused::Scheme));
        assert_eq!(asked("file:///etc/passwd"), Err(Refused::Scheme));
        assert_eq!(asked("https://a:b@api.twilio.com/"), Err(Refused::Credentials));
        assert_eq!(asked("https://api.twilio.com:8443/"), Err(Refused::Port));
        for private in
            ["https://2130706433/", "https://0x7f.1/", "https://[::ffff:7f00:1]/", "https://127.0.0.1/"]
        {
            assert_eq!(asked(private), Err(Refused::Private), "{private}");
        }
        let far = "https://cdn.example.com/".parse().unwrap();
        assert_eq!(check(&far, REDIRECTS_MAX), Ok(()));
        assert_eq!(check(&far, REDIRECTS_MAX + 1), Err(Refused::Redirects));
    }

    #[test]
    fn b01_credentials_of_a_gateway_go_to_its_carrier_alone() {
        let own = ["api.twilio.com"];
        assert!(takes_credentials(&"https://api.twilio.com/media/1".parse().unwrap(), &own));
        for other in [
            "http://api.twilio.com/",
            "https://api.twilio.com.evil.example/",
            "https://evil.api.twilio.com/",
            "https://api.twilio.com:8443/",
            "https://media.twiliocdn.com/1",
        ] {
            assert!(!takes_credentials(&other.parse().unwrap(), &own), "{other}");
        }
    }
}
