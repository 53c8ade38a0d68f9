// Apps at the door: which one a flow takes, registering one where a server takes that by a call, and their sealed secrets. Blocking.
#pragma once

#include <functional>
#include <string>

#include "carillon/common/v1/envelope.pb.h"
#include "carillon/publisher/v1/authorization_internal.pb.h"
#include "common/ledger/reader.h"
#include "common/platform/registry.h"
#include "common/rpc/router.h"
#include "services/publisher/client/credential_store.h"

namespace carillon::publisher {

// All secret.
struct AppSecrets {
  std::string client_secret;
  std::string webhook_secret;
  std::string app_token;
};

// None: empty ones. UNAVAILABLE while they are on their way to this process.
Result<AppSecrets> OpenAppSecrets(const CredentialStore& credentials, const v1::App& app);

struct AuthorizationOptions {
  // Where the outside reaches the gateway: "https://carillon.example"; empty: nothing can be authorized.
  std::string public_url;
  absl::Duration window = absl::Minutes(10);  // for a person to open the URL and agree
  bool allow_private_addresses = false;
  absl::Duration platform_timeout = absl::Seconds(8);  // each call
};

// The path behind "/oauth/callback/" is one for each authorization server, so that no server can pass off another's answer as its own
// (RFC 9700 4.4): "x", "mastodon/2f6c...". Where flows know their issuer, which must name itself in its answer, one is enough: "bluesky".
std::string IssuerPath(const platform::OAuth& oauth, const std::string& base_url);
std::string RedirectUri(const AuthorizationOptions& options, const platform::OAuth& oauth, const std::string& base_url);
// Where the gateway serves an app's document.
std::string ClientDocumentUrl(const AuthorizationOptions& options, const std::string& platform, const std::string& app_id);
// The origin that the apps of a flow at this server belong to.
std::string AppBaseUrl(const AuthorizationOptions& options, const platform::OAuth& oauth, const std::string& base_url);

class Apps {
 public:
  // All outlive it.
  Apps(rpc::Router& router, ledger::Reader& reader, const CredentialStore& credentials, const Clock& clock,
       const AuthorizationOptions& options)
      : router_(router), reader_(reader), credentials_(credentials), clock_(clock), options_(options) {}

  // Gets the app's own token with what else is known of it.
  using TokenGetter = std::function<Result<std::string>(const AppSecrets& known)>;
  // Sets the command's credential where the app's secrets change; an empty one stays as it is.
  Status FillSecrets(v1::PutApp& command, AppSecrets given, absl::Time deadline, const TokenGetter& get_token = nullptr) const;
  // As OpenAppSecrets().
  Result<AppSecrets> Open(const v1::App& app) const { return OpenAppSecrets(credentials_, app); }
  // The same, for an app that may have been made a moment ago: waits for them, 3 s at most.
  Result<AppSecrets> OpenSoon(const v1::App& app) const;
  // NOT_FOUND with UNKNOWN_APP; also for one that was removed.
  Result<v1::App> Get(const std::string& id, absl::Time deadline) const;

  struct Wanted {
    std::string org_id;
    std::string base_url;
    std::string app;  // id or name; empty: the only one
  };
  // The one that a flow takes. NO_APP, UNKNOWN_APP, AMBIGUOUS_APP. `envelope` is for the log, where one is registered.
  Result<v1::App> Choose(platform::OAuth& oauth, const Wanted& wanted, const common::v1::Envelope& envelope,
                         absl::Time deadline) const;

 private:
  // By a call at the server, or as a client of our own.
  Result<platform::OwnClient> MakeClient(platform::OAuth& oauth, const Wanted& wanted, const std::string& id) const;
  Result<v1::App> Registered(platform::OAuth& oauth, const Wanted& wanted, const common::v1::Envelope& envelope,
                             absl::Time deadline) const;

  rpc::Router& router_;
  ledger::Reader& reader_;
  const CredentialStore& credentials_;
  const Clock& clock_;
  const AuthorizationOptions& options_;
};

}  // namespace carillon::publisher
