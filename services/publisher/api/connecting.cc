#include "services/publisher/api/connecting.h"

#include "common/http/url_guard.h"
#include "common/platform/account_id.h"
#include "common/platform/rules.h"
#include "services/publisher/api/publisher_api.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr size_t kTokenSizeMax = 8'192;
constexpr int kAmbiguousShownMax = 10;

Status Need(const std::string& value, const char* field) {
  if (!value.empty()) return Ok();
  return Refuse(Code::kInvalidArgument, "MISSING_FIELD", fmt::format("{} is empty", field),
                {{"field", field}});
}

// Without the line end that files and shells leave behind.
std::string TrimToken(std::string token) {
  constexpr char kSpace[] = " \t\r\n";
  token.erase(token.find_last_not_of(kSpace) + 1);
  token.erase(0, token.find_first_not_of(kSpace));
  return token;
}

Status CheckToken(const platform::Connector& connector, const std::string& token) {
  if (token.empty()) {
    return Refuse(Code::kInvalidArgument, "EMPTY_TOKEN",
                  "the access token is empty; an empty one never replaces one that works");
  }
  if (token.size() > kTokenSizeMax) {
    return Refuse(Code::kInvalidArgument, "BAD_TOKEN_SHAPE",
                  fmt::format("the access token has {} bytes, {} are allowed", token.size(), kTokenSizeMax));
  }
  return connector.CheckSecret(token);
}

// The platform's refusal is ours too; anything else proves nothing, and the caller tries again.
Status PlatformError(const Status& status, const std::string& server) {
  if (status.code() == Code::kUnauthenticated) {
    return Refuse(Code::kFailedPrecondition, "TOKEN_REFUSED",
                  fmt::format("{} does not accept this access token; make a new one there", server),
                  {{"base_url", server}});
  }
  return Annotate(status, server);
}

}  // namespace

Result<v1::ConnectCommand> CheckConnection(const ConnectingParts& parts, const v1::ConnectAccountRequest& request,
                                           absl::Time deadline) {
  RETURN_IF_ERROR(Need(request.org_id(), "org_id"));
  RETURN_IF_ERROR(Need(request.brand_id(), "brand_id"));
  ASSIGN_OR_RETURN(platform::Connector * connector, parts.platforms.FindConnector(request.platform()));
  ASSIGN_OR_RETURN(const http::UrlParts url,
                   http::CheckUrl(request.base_url(), parts.options.allow_private_addresses));
  platform::AccountAccess access;
  access.base_url = url.origin;
  access.access_token = TrimToken(request.access_token());
  RETURN_IF_ERROR(CheckToken(*connector, access.access_token));

  const auto info = connector->Verify(access, parts.options.platform_timeout);
  if (!info.ok()) return PlatformError(info.status(), url.origin);
  access.remote_account_id = info->remote_account_id;
  if (!info->secret.empty()) access.access_token = info->secret;
  const auto limits = connector->Limits(access, parts.options.platform_timeout);
  if (!limits.ok()) return PlatformError(limits.status(), url.origin);

  v1::ConnectCommand command;
  v1::Account& account = *command.mutable_account();
  account.set_id(platform::AccountId(request.org_id(), request.platform(), url.origin, info->remote_account_id));
  account.set_org_id(request.org_id());
  account.set_brand_id(request.brand_id());
  account.set_platform(request.platform());
  account.set_base_url(url.origin);
  account.set_remote_account_id(info->remote_account_id);
  account.set_username(info->username);
  account.set_display_name(info->display_name);
  account.set_profile_url(info->profile_url);
  account.set_zone(request.zone());
  *account.mutable_limits() = platform::ToProto(*limits);
  for (const std::string& scope : info->granted_scopes) account.add_granted_scopes(scope);
  account.set_token_refreshable(info->refreshable);
  if (info->token_expires_at) *account.mutable_token_expires_at() = ToProto(*info->token_expires_at);

  const ledger::Answer known = parts.router.GetAndWait(account.id(), deadline);
  RETURN_IF_ERROR(known.status);
  uint32_t version = 1;
  if (known.record != nullptr) {
    version += static_cast<const v1::PublisherRecord&>(*known.record).account().credential_version();
  }
  *command.mutable_credential() = parts.credentials.Seal(account.id(), version, access.access_token);
  return command;
}

// Without its server's part ("brand" for "brand@mastodon.example") a name is as good, while it is the only one.
Result<v1::Account> PublisherApi::AccountByName(const std::string& name, const std::string& brand_id,
                                                std::vector<ledger::Position> at_least) {
  RETURN_IF_ERROR(Need(name, "account"));
  const std::string wanted = name.front() == '@' ? name.substr(1) : name;
  std::vector<ledger::ProtoPtr> found;
  for (const char end : {'|', '@'}) {
    ledger::ListQuery query;
    query.index = kAccountNamesIndex;
    query.prefix = wanted + end;
    query.page_size = kAmbiguousShownMax;
    query.at_least = at_least;
    query.keep = [&](const ledger::Proto& record) {
      const v1::Account& account = static_cast<const v1::PublisherRecord&>(record).account();
      return brand_id.empty() || account.brand_id() == brand_id;
    };
    ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
    found.insert(found.end(), page.records.begin(), page.records.end());
  }
  if (found.size() == 1) return static_cast<const v1::PublisherRecord&>(*found.front()).account();
  if (found.empty()) {
    return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                  fmt::format("there is no account '{}'; see the list of accounts", name),
                  {{"account", name}, {"brand", brand_id}});
  }
  return Refuse(Code::kInvalidArgument, "AMBIGUOUS_ACCOUNT",
                fmt::format("{} accounts are called '{}'; say its id", found.size(), name),
                {{"account", name}, {"brand", brand_id}});
}

}  // namespace carillon::publisher
