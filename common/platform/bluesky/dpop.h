// Requests that are made with a token that is bound to a key (RFC 9449), and the nonces that servers want in their proofs. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/jose/es256.h"

namespace carillon::bluesky {

// Each server's last nonce, by origin. A server changes it within minutes, so it is a hint: an old one costs a request more. Bounded; of too
// many all begin anew.
class DpopNonces {
 public:
  std::string Of(const std::string& origin) const;
  // Longer ones than a server would make are passed over.
  void Keep(const std::string& origin, const std::string& nonce);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> by_origin_;
};

// The server's own word that a proof lacks its present nonce (RFC 9449 8 and 9): it has done nothing else.
bool WantsNonce(const http::HttpResponse& response);

// Sends it with a proof; once more where the server wants another nonce, which is no repeat of anything that was done: `before_first_byte` is
// asked again. `access_token` may be empty (token endpoints). Blocks for at most the request's deadline in all. The nonces are the process'.
http::HttpOutcome SendWithProof(http::HttpClient& client, const Clock& clock, const jose::Es256Key& key,
                                const std::string& access_token, http::HttpRequest request);

}  // namespace carillon::bluesky
