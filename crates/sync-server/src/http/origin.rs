//! Whether a request that changes something comes from our own page.

use axum::http::{HeaderMap, HeaderValue, Uri, header, uri::Authority};
use core::fmt;

/// The origin under which people reach the server, for example
/// `https://notes.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    scheme: Scheme,
    authority: Authority,
}

/// How people reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Without encryption: fine on the same machine only.
    Http,
    /// Behind something that ends TLS.
    Https,
}

/// A text that is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadPublicUrl;

impl PublicUrl {
    /// The server as reached from its own machine.
    pub(crate) fn local(port: u16) -> Result<Self, BadPublicUrl> {
        Self::parse(&format!("http://localhost:{port}"))
    }

    /// Reads `http://host[:port]` or `https://host[:port]`.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPublicUrl> {
        let uri: Uri = text.parse().map_err(|_| BadPublicUrl)?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(BadPublicUrl),
        };
        let authority = uri.authority().cloned().ok_or(BadPublicUrl)?;
        let plain = matches!(uri.path(), "" | "/")
            && uri.query().is_none()
            && !authority.as_str().contains('@');
        if !plain {
            return Err(BadPublicUrl);
        }
        Ok(Self { scheme, authority })
    }

    /// What to open to sign in with a token.
    pub(crate) fn sign_in(&self, token: &str) -> String {
        format!("{self}/sign-in#{token}")
    }

    /// How people reach the server.
    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Our own page, or no page at all: a program.
    Own,
    /// A page of another origin.
    Foreign,
}

/// Judges by `Sec-Fetch-Site` and `Origin`, which a page cannot forge. A
/// request without either comes from no current browser's page.
pub(super) fn source(headers: &HeaderMap, public_url: &PublicUrl) -> Source {
    let own_site = |site: &HeaderValue| matches!(site.as_bytes(), b"same-origin" | b"none");
    if !headers.get("sec-fetch-site").is_none_or(own_site) {
        return Source::Foreign;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Source::Own;
    };
    let Some(origin) = origin
        .to_str()
        .ok()
        .and_then(|text| PublicUrl::parse(text).ok())
    else {
        return Source::Foreign;
    };
    let host = headers.get(header::HOST).map(|host| host.as_bytes());
    let by_host =
        host.is_some_and(|host| host.eq_ignore_ascii_case(origin.authority.as_str().as_bytes()));
    if by_host || origin == *public_url {
        Source::Own
    } else {
        Source::Foreign
    }
}

/// Whether a request says that our own page sent it. Stricter than
/// [`source`]: a program has to say so too.
pub(super) fn is_own_page(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    headers.contains_key(header::ORIGIN) && source(headers, public_url) == Source::Own
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn judge(pairs: &[(&'static str, &'static str)]) -> Source {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        source(
            &headers,
            &PublicUrl::parse("https://notes.example").unwrap(),
        )
    }

    #[test]
    fn own_page_and_programs_are_let_in() {
        assert_eq!(judge(&[("host", "a:1")]), Source::Own);
        assert_eq!(
            judge(&[("host", "a:1"), ("origin", "http://a:1")]),
            Source::Own
        );
        assert_eq!(
            judge(&[("host", "inner:80"), ("origin", "https://notes.example")]),
            Source::Own
        );
        assert_eq!(judge(&[("sec-fetch-site", "same-origin")]), Source::Own);
    }

    #[test]
    fn other_origins_are_not() {
        for origin in [
            "http://b:1",
            "http://a:2",
            "null",
            "http://a:1.evil",
            "garbage",
        ] {
            assert_eq!(
                judge(&[("host", "a:1"), ("origin", origin)]),
                Source::Foreign,
                "{origin}"
            );
        }
        assert_eq!(judge(&[("sec-fetch-site", "cross-site")]), Source::Foreign);
        assert_eq!(judge(&[("sec-fetch-site", "same-site")]), Source::Foreign);
    }

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        for bad in [
            "",
            "localhost",
            "ftp://a",
            "http://a/b",
            "http://a?b",
            "http://u@a",
            "http:///a",
        ] {
            assert_eq!(PublicUrl::parse(bad), Err(BadPublicUrl), "{bad}");
        }
        let url = PublicUrl::parse("https://notes.example/").unwrap();
        assert_eq!(url.sign_in("T"), "https://notes.example/sign-in#T");
    }
}
