// Who an account of atproto is, and where it lives (atproto.com/specs/handle, /did): handle -> DID -> DID document -> PDS. What is read
// comes from the outside: each answer is bounded, and each address goes through the HTTP client's checks. Blocks on HTTP. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/json.h"

namespace carillon::bluesky {

struct Identity {
  std::string did;
  std::string handle;  // as the document claims it; empty: none
  std::string pds;     // an origin: "https://pds.example"
};

class IdentityReader {
 public:
  // All outlive it. `end`, on the boot clock, is that of all its calls.
  IdentityReader(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, absl::Duration end)
      : client_(client), clock_(clock), facts_(facts), end_(end) {}

  // "@brand.example", "brand.example", or a DID. INVALID_ARGUMENT with BAD_HANDLE, NOT_FOUND with UNKNOWN_HANDLE. The handle is asked of
  // the facts' resolver, which is not believed: FAILED_PRECONDITION with BAD_IDENTITY unless the DID's own document claims it.
  Result<Identity> Resolve(const std::string& handle_or_did);
  // Of a DID alone: did:plc by the facts' directory, did:web by its own host. Other methods are BAD_IDENTITY.
  Result<Identity> ReadDid(const std::string& did);

  // A JSON object by GET: 200 and no redirect, else UNAVAILABLE; NOT_FOUND for a 400 or 404. `what` is for people.
  Result<platform::Json> Get(const std::string& url, const char* what);
  absl::Duration Left() const { return end_ - clock_.BootTime(); }

 private:
  Result<std::string> DidOf(const std::string& handle);

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
  const absl::Duration end_;
};

// The address of a DID's document. BAD_IDENTITY for methods that atproto has not, and for did:web with a path.
Result<std::string> DidDocumentUrl(const std::string& did, const std::string& plc_directory);
// What a document says of itself. BAD_IDENTITY: it is another DID's, or names no PDS.
Result<Identity> ReadDidDocument(const platform::Json& document, const std::string& did);

}  // namespace carillon::bluesky
