// com.atproto.server and com.atproto.identity: sessions, and who is who.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr absl::Duration kServiceTokenTtl = absl::Minutes(1), kServiceTokenTtlMax = absl::Hours(1);

json SessionJson(const Actor& actor, const Call& call) {
  return {{"did", actor.did},
          {"handle", actor.handle},
          {"didDoc", DidDocument(actor, call.base_url)},
          {"emailConfirmed", true},
          {"emailAuthFactor", false},
          {"active", true}};
}

json WithTokens(json session, const Tokens& tokens) {
  session["accessJwt"] = tokens.access;
  session["refreshJwt"] = tokens.refresh;
  return session;
}

ServerResponse CreateSession(Bluesky* server, Call& call) {
  const auto identifier = call.NeedInput("identifier"), password = call.NeedInput("password");
  if (!identifier.ok()) return ErrorAnswer(identifier.status());
  if (!password.ok()) return ErrorAnswer(password.status());
  const std::string key = *identifier + "-" + call.request.remote_address;
  const absl::Time now = server->shared->clock->Now();
  for (RateLimits* limits : {&server->rate.sessions, &server->rate.sessions_a_day}) {
    const RateState state = limits->Count(key, now);
    if (!state.allowed) {
      ++server->counts.refused_rate_limit;
      return RateLimited(state);
    }
    if (call.rate.limit == 0 || (state.limit > 0 && state.remaining < call.rate.remaining))
      call.rate = state;
  }
  const auto state = server->state.Lock();
  const Actor* actor = state->Find(*identifier);
  if (actor == nullptr || !actor->is_customer() || actor->token != *password) {
    ++server->counts.refused_unauthorized;
    return ErrorAnswer(AuthRequired("Invalid identifier or password"));
  }
  return Answer(WithTokens(SessionJson(*actor, call),
                           server->sessions.Create(actor->did, call.service_did)));
}

Result<std::string> BearerOf(const Call& call) {
  const std::string header = call.request.Header("Authorization");
  if (!header.starts_with("Bearer ")) return AuthRequired("Authentication Required", "AuthMissing");
  return header.substr(7);
}

Result<json> RefreshSession(Bluesky* server, State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string token, BearerOf(call));
  ASSIGN_OR_RETURN(const Tokens tokens, server->sessions.Refresh(token, call.service_did));
  ASSIGN_OR_RETURN(const std::string did, server->sessions.CheckAccess(tokens.access));
  const Actor* actor = state.Find(did);
  if (actor == nullptr)
    return Invalid(fmt::format("Could not find user info for account: {}", did));
  return WithTokens(SessionJson(*actor, call), tokens);
}

Result<json> ServiceAuth(Bluesky* server, const Call& call) {
  ASSIGN_OR_RETURN(const std::string audience, call.Need("aud"));
  const absl::Time now = server->shared->clock->Now();
  ASSIGN_OR_RETURN(
      const int64_t expires,
      call.Number("exp", absl::ToUnixSeconds(now + kServiceTokenTtl), 0, INT64_MAX));
  const absl::Time expires_at = absl::FromUnixSeconds(expires);
  if (expires_at <= now) return Invalid("expiration is in past", "BadExpiration");
  if (expires_at > now + kServiceTokenTtlMax) {
    return Invalid("cannot request a token with an expiration more than an hour in the future",
                   "BadExpiration");
  }
  return json{
      {"token", server->sessions.Service(call.viewer, audience, call.Get("lxm"), expires_at)}};
}

Result<json> ResolveHandle(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string handle, call.Need("handle"));
  if (!IsHandle(handle)) return Invalid("handle must be a valid handle");
  const Actor* actor = state.Find(handle);
  if (actor == nullptr) return Invalid("Unable to resolve handle", "HandleNotFound");
  return json{{"did", actor->did}};
}

}  // namespace

void AddServerMethods(Xrpc* xrpc) {
  Bluesky* const server = xrpc->server();
  xrpc->Raw({"com.atproto.server.createSession", Auth::kOwn, Reads::kNo, true, Input::kJson},
            [=](Call& call) { return CreateSession(server, call); });
  xrpc->Procedure("com.atproto.server.refreshSession", Auth::kOwn, Input::kNone,
                  [=](State& state, const Call& call) { return RefreshSession(server, state, call); });
  xrpc->Procedure("com.atproto.server.deleteSession", Auth::kOwn, Input::kNone,
                  [=](State&, const Call& call) -> Result<json> {
                    ASSIGN_OR_RETURN(const std::string token, BearerOf(call));
                    RETURN_IF_ERROR(server->sessions.Delete(token).status());
                    return json();
                  });
  xrpc->Query("com.atproto.server.getSession", Auth::kUser, Reads::kNo,
              [](State& state, const Call& call) -> Result<json> {
                return SessionJson(*state.Find(call.viewer), call);
              });
  xrpc->Query("com.atproto.server.describeServer", Auth::kOwn, Reads::kNo,
              [](State&, const Call& call) -> Result<json> {
                return json{{"did", call.service_did},
                            {"availableUserDomains", json::array({".test"})},
                            {"inviteCodeRequired", true},
                            {"links", json::object()},
                            {"contact", json::object()}};
              });
  xrpc->Query("com.atproto.server.getServiceAuth", Auth::kUser, Reads::kNo,
              [=](State&, const Call& call) { return ServiceAuth(server, call); });
  xrpc->Query("com.atproto.identity.resolveHandle", Auth::kOwn, Reads::kNo, &ResolveHandle);
  xrpc->router()->Add("GET /xrpc/_health",
                      [](const http::ServerRequest&, const http::PathParams&) {
                        return Answer({{"version", "0.4.0-carillon-sandbox"}});
                      });
}

}  // namespace carillon::sandbox::bluesky
