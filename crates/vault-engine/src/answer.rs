//! What the server answered, told apart from what only looks like an answer.

use crate::effect::{Response, Unreachable};
use sync_core::{endpoint, message::Problem};
use vault_types::Code;
use vault_types::wire::{Decode, from_json};

/// Reads a message, or the code of the reason why there is none.
///
/// # Errors
/// [`Code::Offline`] if nothing came; the problem's own code if the server
/// refused; [`Code::NotOurServer`] if what came is not of our protocol, as
/// from a network's sign-in page.
pub(crate) fn read<T: Decode>(result: Result<Response, Unreachable>) -> Result<T, Code> {
    let response = accept(result)?;
    if response.media_type != endpoint::MSGPACK {
        return Err(Code::NotOurServer);
    }
    sync_core::decode(&response.body).map_err(|_| Code::NotOurServer)
}

/// Takes an answer that has no body of interest.
///
/// # Errors
/// As [`read`].
pub(crate) fn accept(result: Result<Response, Unreachable>) -> Result<Response, Code> {
    let response = result.map_err(|Unreachable| Code::Offline)?;
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    Err(refusal(&response))
}

fn refusal(response: &Response) -> Code {
    if response.media_type != endpoint::PROBLEM {
        return match response.status {
            // What stands in front of a server says when it is away.
            502..=504 => Code::Offline,
            _ => Code::NotOurServer,
        };
    }
    match from_json::<Problem>(&response.body) {
        Ok(problem) => problem.known_code().unwrap_or(Code::ServerFailed),
        Err(_) => Code::NotOurServer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::message::PollResponse;

    fn response(status: u16, media_type: &str, body: &[u8]) -> Result<Response, Unreachable> {
        Ok(Response {
            status,
            media_type: media_type.to_owned(),
            body: body.to_vec(),
        })
    }

    fn code(result: Result<Response, Unreachable>) -> Option<Code> {
        read::<PollResponse>(result).err()
    }

    #[test]
    fn silence_is_being_offline() {
        assert_eq!(code(Err(Unreachable)), Some(Code::Offline));
        assert_eq!(
            code(response(503, "text/html", b"<html>")),
            Some(Code::Offline)
        );
    }

    #[test]
    fn a_page_in_the_place_of_an_answer_is_not_our_server() {
        assert_eq!(
            code(response(200, "text/html", b"<html>")),
            Some(Code::NotOurServer)
        );
        assert_eq!(
            code(response(200, "application/msgpack", b"<html>")),
            Some(Code::NotOurServer)
        );
        assert_eq!(
            code(response(403, "text/html", b"")),
            Some(Code::NotOurServer)
        );
    }

    #[test]
    fn a_problem_says_its_code() {
        let body =
            br#"{"type":"about:blank","title":"x","status":401,"code":"signed_out","detail":"y"}"#;
        assert_eq!(
            code(response(401, "application/problem+json", body)),
            Some(Code::SignedOut)
        );
        assert_eq!(
            code(response(401, "application/problem+json", b"{")),
            Some(Code::NotOurServer)
        );
    }
}
