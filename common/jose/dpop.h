// DPoP (RFC 9449): the proof that goes with each request made with a token that is bound to a key.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/jose/es256.h"

namespace carillon::jose {

struct DpopRequest {
  std::string method;
  std::string url;           // its query and fragment are left out
  std::string nonce;         // the server's last one; empty: none is known
  std::string access_token;  // secret; empty: the request has none (token endpoints)
};
// The header "DPoP". Good for one request: each has an id of its own.
std::string MakeDpopProof(const Es256Key& key, const DpopRequest& request, absl::Time now);

struct DpopProof {
  std::string thumbprint;  // of the key that signed it
  std::string id, method, url, nonce, token_hash;
  absl::Time issued_at;
};
// Its form (RFC 9449 4.3, steps 2 to 7), signature included; whether it fits a request, a time and a nonce is the caller's to judge.
// INVALID_ARGUMENT with BAD_PROOF.
Result<DpopProof> ReadDpopProof(std::string_view proof);

// "https://a.example/b" of "https://a.example/b?c#d".
std::string_view DpopUrl(std::string_view url);
// The claim "ath".
std::string DpopTokenHash(std::string_view access_token);

}  // namespace carillon::jose
