//! Who asks: the access token that a request or a WebSocket brings, and the address that it comes from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use service::accounts::{self, TokenFault, Verified};
use service::{Actor, Platform};

use crate::fault::{Code, Fault};
use crate::http::state::State;
use crate::schema::caller::Caller;

/// What proxies write addresses into, the nearest one's last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who sends a request. Without a token it is nobody who is known; with one that is not valid it is refused.
///
/// # Errors
/// If there is a token, and it does not verify; or there are several.
pub(crate) fn caller(request: &HttpRequest, state: &State) -> Result<Arc<Caller>, Fault> {
    let actor = match credentials(request)? {
        Some(credentials) => Actor::SignedIn(verify(&state.platform, credentials)?.signed_in),
        None => Actor::Anonymous,
    };
    Ok(Arc::new(Caller::new(actor, address(request, state.config.behind_proxy))))
}

/// The credentials of a request, of whatever scheme.
///
/// # Errors
/// If there are several, or what is no text.
pub(crate) fn credentials(request: &HttpRequest) -> Result<Option<&str>, Fault> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    match (headers.next(), headers.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => only.to_str().map(Some).map_err(|_| not_valid()),
        (Some(_), Some(_)) => Err(Fault::new(
            Code::InvalidRequest,
            "`Authorization` 头只能有一个",
            "there is more than one `Authorization` header",
        )),
    }
}

/// Who holds some credentials.
///
/// # Errors
/// If they are no access token that verifies.
pub(crate) fn verify(platform: &Platform, credentials: &str) -> Result<Verified, Fault> {
    let token = bearer(credentials).ok_or_else(not_valid)?;
    accounts::authenticate(platform, token).map_err(|fault| match fault {
        TokenFault::Expired => Fault::new(Code::TokenExpired, "访问令牌已过期", "the access token has expired"),
        TokenFault::Revoked => {
            Fault::new(Code::InvalidToken, "会话已结束；请重新登录", "the session has ended; sign in again")
        }
        TokenFault::Invalid | TokenFault::NotYetValid => not_valid(),
    })
}

fn not_valid() -> Fault {
    Fault::new(Code::InvalidToken, "访问令牌无效", "the access token is not valid")
}

/// The token of credentials of the scheme `Bearer`.
fn bearer(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.trim().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

/// Where a request comes from, as far as it can be believed.
pub(crate) fn address(request: &HttpRequest, behind_proxy: bool) -> Option<IpAddr> {
    let peer = || request.peer_addr().map(|peer| peer.ip());
    let found = if behind_proxy {
        let last = request.headers().get_all(&FORWARDED_FOR).last();
        let told = last.and_then(|header| header.to_str().ok()?.rsplit(',').next());
        told.and_then(|text| of_text(text.trim())).or_else(peer)
    } else {
        peer()
    };
    found.map(|address| address.to_canonical())
}

/// An address; some proxies add the port.
fn of_text(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn credentials_are_a_bearer_token_or_nothing() {
        for (credentials, token) in [
            ("Bearer a.b-c_d~e+f/g=", Some("a.b-c_d~e+f/g=")),
            ("bearer   x", Some("x")),
            (" BEARER x ", Some("x")),
            ("", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("x", None),
            ("Basic x", None),
            ("Bearerx", None),
            ("Bearer x y", None),
            ("Bearer 令牌", None),
        ] {
            assert_eq!(bearer(credentials), token, "{credentials}");
        }
    }

    #[test]
    fn an_address_is_the_peers_unless_a_proxy_is_trusted_to_tell_it() {
        let peer: SocketAddr = "[::ffff:192.0.2.1]:5000".parse().expect("an address");
        let found = |headers: &[&str], behind_proxy| {
            let mut request = TestRequest::default().peer_addr(peer);
            for header in headers {
                request = request.append_header((FORWARDED_FOR, *header));
            }
            address(&request.to_http_request(), behind_proxy).map(|address| address.to_string())
        };
        assert_eq!(found(&["203.0.113.9"], false).as_deref(), Some("192.0.2.1"));
        for (headers, expected) in [
            (&[][..], "192.0.2.1"),
            (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (&["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["[2001:db8::1]:80"], "2001:db8::1"),
            (&["203.0.113.9:80"], "203.0.113.9"),
            (&["unknown"], "192.0.2.1"),
        ] {
            assert_eq!(found(headers, true).as_deref(), Some(expected), "{headers:?}");
        }
    }
}
