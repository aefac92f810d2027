//! Which addresses of others may be reached: what a user points to must not reach into our own network (server-side request forgery).
//!
//! Names are resolved once, only public addresses are kept, and the connection is made to those: a name cannot change in between.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// Makes the cryptography of this build known to TLS. Every client of `reqwest` needs that once in a process before it is made;
/// repeating it does nothing.
pub fn provide_tls() {
    let _provided_already = rustls::crypto::ring::default_provider().install_default();
}

/// Why an address may not be reached. It names no more of the address than its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is no URL.
    #[error("it is not a URL")]
    NotUrl,
    /// It is not encrypted, or not HTTP at all.
    #[error("only https:// is read, not {0}://")]
    Scheme(String),
    /// It holds a user name or password.
    #[error("it holds a user name or password; use a signed URL instead")]
    Credentials,
    /// It has no host.
    #[error("it names no host")]
    NoHost,
    /// It is, or resolves to, an address that is not public.
    #[error("`{0}` is not a public address")]
    NotPublic(String),
    /// It redirects too often.
    #[error("it redirects more than {REDIRECTS} times")]
    Redirects,
}

/// What is allowed beyond public https. All of it is off by default; tests and closed networks turn it on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    /// Unencrypted `http://`.
    pub http: bool,
    /// Loopback addresses.
    pub loopback: bool,
    /// Addresses of private networks (RFC 1918, RFC 4193). Link-local ones, where clouds tell their machines secrets, are never reached.
    pub private: bool,
}

impl Refusal {
    /// Our own refusal within an error of the client.
    pub fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut at = Some(error);
        while let Some(error) = at {
            if let Some(refusal) = error.downcast_ref() {
                return Some(refusal);
            }
            at = error.source();
        }
        None
    }
}

impl Allow {
    /// Checks what can be told from the URL alone; of a name, the resolver checks the rest.
    pub fn check(self, url: &Url) -> Result<(), Refusal> {
        match url.scheme() {
            "https" => {}
            "http" if self.http => {}
            other => return Err(Refusal::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        let host = url.host_str().ok_or(Refusal::NoHost)?;
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(ip) if !self.permits(ip) => Err(Refusal::NotPublic(host.to_owned())),
            _ => Ok(()),
        }
    }

    /// Whether a connection to this address may be made.
    pub fn permits(self, ip: IpAddr) -> bool {
        is_public(ip) || (self.loopback && ip.to_canonical().is_loopback()) || (self.private && is_private(ip.to_canonical()))
    }

    /// Follows a redirect that would have been read had it been the address given.
    pub fn redirects(self) -> Policy {
        Policy::custom(move |attempt: Attempt<'_>| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(Refusal::Redirects);
            }
            match self.check(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(refusal) => attempt.error(refusal),
            }
        })
    }
}

/// Resolves names to addresses that may be read and to no others.
#[derive(Debug, Clone, Copy)]
pub struct Resolver(pub Allow);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found.filter(|address| allow.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(Refusal::NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is of the public internet, by the registries of special-purpose addresses of IANA (RFC 6890 and successors).
/// An IPv6 address that carries an IPv4 one is as public as that.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Whether an address is of somebody's own network. The one among them where a cloud tells its machines secrets is not.
fn is_private(ip: IpAddr) -> bool {
    const SECRETS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local() && ip != SECRETS,
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match (a, b, c) {
        // "This network", private, loopback, link-local, and what cloud providers answer their machines on.
        (0 | 10 | 127, ..) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Shared by carriers (CGNAT), protocol assignments, documentation, old 6to4 relays, benchmarks.
        (100, 64..=127, _) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, broadcast.
        (224.., ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match ip.segments() {
        // Mapped (RFC 4291), translated (RFC 2765) and compatible addresses; `::` and `::1` are among the last.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => embedded(high, low),
        // NAT64 (RFC 6052); its local form (RFC 8215) leads into a private network by its purpose.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments, Teredo among them, and documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // The rest of what is given to the internet; unique local, link-local, multicast and all reserved space is not in it.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(url: &str) -> Result<(), Refusal> {
        Allow::default().check(&url.parse().unwrap())
    }

    #[test]
    fn addresses_of_our_own_networks_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001:db8::1",
            "2001::1",
            "fec0::1",
            "100::1",
            "::ffff:0:10.0.0.1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for ip in ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn urls_are_refused_for_what_they_are() {
        assert_eq!(check("https://example.org/a"), Ok(()));
        assert_eq!(check("http://example.org/a"), Err(Refusal::Scheme("http".into())));
        assert_eq!(check("file:///etc/passwd"), Err(Refusal::Scheme("file".into())));
        assert_eq!(check("https://me:secret@example.org/"), Err(Refusal::Credentials));
        // The same address in the spellings that parsers of URLs know.
        for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]"] {
            assert!(matches!(check(&format!("https://{host}/")), Err(Refusal::NotPublic(_))), "{host}");
        }
    }

    #[test]
    fn loopback_is_read_only_when_allowed() {
        let allow = Allow { http: true, loopback: true, private: false };
        assert_eq!(allow.check(&"http://127.0.0.1:1/".parse().unwrap()), Ok(()));
        assert!(allow.check(&"http://10.0.0.1/".parse().unwrap()).is_err());
    }

    #[test]
    fn private_networks_are_reached_only_when_allowed_and_secrets_of_clouds_never() {
        let allow = Allow { private: true, ..Allow::default() };
        for (ip, reached) in [
            ("10.0.0.1", true),
            ("192.168.1.1", true),
            ("::ffff:10.0.0.1", true),
            ("fd12::1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("fe80::1", false),
            ("fd00:ec2::254", false),
            ("100.64.0.1", false),
        ] {
            let ip = ip.parse().unwrap();
            assert_eq!((allow.permits(ip), Allow::default().permits(ip)), (reached, false), "{ip}");
        }
    }

    #[tokio::test]
    async fn a_name_of_our_own_network_resolves_to_nothing() {
        let refused = Resolver(Allow::default()).resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.downcast_ref(), Some(&Refusal::NotPublic("localhost".into())));
    }

    proptest! {
        /// The standard library knows some of these kinds too; what it calls special is never public.
        #[test]
        fn no_v4_address_that_is_special_is_public(bits: u32) {
            let ip = Ipv4Addr::from(bits);
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast()
                || ip.is_unspecified() || ip.is_broadcast() || ip.is_documentation();
            prop_assert!(!(special && is_public(ip.into())));
        }

        /// However an address is wrapped, it is as public as it is bare.
        #[test]
        fn wrapping_an_address_changes_nothing(bits: u32) {
            let (bare, [a, b]) = (Ipv4Addr::from(bits), [(bits >> 16) as u16, bits as u16]);
            for wrapped in [bare.to_ipv6_mapped(), bare.to_ipv6_compatible(), Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
                Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1)] {
                prop_assert_eq!(is_public(wrapped.into()), is_public(bare.into()));
            }
        }
    }
}
