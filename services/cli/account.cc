#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/files.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string brand, platform, base_url, token_file, account;
};

Status Connect(Session& s, const Options& options) {
  std::string warning;
  ASSIGN_OR_RETURN(const std::string token, ReadSecret(options.token_file, s.in, warning));
  if (!warning.empty()) s.Note("warning: " + warning);
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  publisher::v1::ConnectAccountRequest request;
  request.set_request_id(s.RequestId());
  request.set_org_id(brand.org_id());
  request.set_brand_id(brand.id());
  request.set_platform(options.platform);
  request.set_base_url(options.base_url);
  request.set_access_token(token);
  request.set_zone(brand.timezone());
  ASSIGN_OR_RETURN(const auto response,
                   s.Call(s.publisher(), &Publisher::ConnectAccount, request));
  s.Show(response.account());
  return Ok();
}

Status List(Session& s, const Options& options) {
  publisher::v1::ListAccountsRequest request;
  ASSIGN_OR_RETURN(const std::string brand_id, BrandId(s, options.brand));
  request.set_brand_id(brand_id);
  ASSIGN_OR_RETURN(const auto rows, s.CallPages(s.publisher(), &Publisher::ListAccounts, request,
                                                &publisher::v1::ListAccountsResponse::accounts));
  s.ShowRows(rows, {{"ID", "id"},
                    {"USERNAME", "username"},
                    {"PLATFORM", "platform"},
                    {"STATE", "state"},
                    {"BRAND", "brand_id"},
                    {"LAST ERROR", "last_error"}});
  return Ok();
}

// A username is searched in `brand`, or in all brands.
Result<publisher::v1::Account> Find(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const std::string brand_id, BrandId(s, options.brand));
  return FindAccount(s, options.account, brand_id);
}

// What somebody may have to do about the account's token; empty: nothing.
std::string TokenNote(const publisher::v1::DisconnectAccountResponse& response) {
  const std::string& server = response.account().base_url();
  switch (response.revocation()) {
    case publisher::v1::REVOCATION_REVOKED:
      return fmt::format("{} has ended the account's token", server);
    case publisher::v1::REVOCATION_NOT_ASKED:
      return fmt::format("the account's token was given by you and is still good; if nothing else uses it, end it at {}", server);
    case publisher::v1::REVOCATION_UNCONFIRMED:
      return fmt::format("warning: the account's token may still be good ({}); end it at {}, in the settings of connected apps",
                         response.revocation_error(), server);
    default:
      return "";
  }
}

Status Disconnect(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto account, Find(s, options));
  publisher::v1::DisconnectAccountRequest request;
  request.set_request_id(s.RequestId());
  request.set_account_id(account.id());
  ASSIGN_OR_RETURN(const auto response,
                   s.Call(s.publisher(), &Publisher::DisconnectAccount, request));
  Json answer = ToJson(response);
  Json shown = std::move(answer["account"]);
  for (const char* name : {"revocation", "revocation_error"}) shown[name] = std::move(answer[name]);
  s.Show(shown);
  if (const std::string more = TokenNote(response); !more.empty()) s.Note(more);
  return Ok();
}

}  // namespace

void AddAccount(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("account", "Accounts on platforms");
  Session* s = &verbs.session;

  auto connect = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "connect", "Connect an account; again updates it",
                              "account connect --brand Trailkin --platform mastodon --base-url"
                              " https://social.example --token-file token.txt");
  verb->add_option("--brand", connect->brand, "Brand, by name or id")->required();
  verb->add_option("--platform", connect->platform, "One of `platform list`: bluesky, mastodon, x")->required();
  verb->add_option("--base-url", connect->base_url, "The server, https://...")->required();
  verb->add_option("--token-file", connect->token_file,
                   "File with the access token alone; bluesky: {\"identifier\": \"brand.example\","
                   " \"app_password\": \"...\"}; x, so that it can be renewed: {\"access_token\": \"...\","
                   " \"refresh_token\": \"...\", \"client_id\": \"...\"}; or -")
      ->required();
  verbs.Does(verb, [s, connect] { return Connect(*s, *connect); });

  AddAuthorize(noun, verbs);
  AddAccountState(noun, verbs);

  auto list = std::make_shared<Options>();
  verb = verbs.Verb(noun, "list", "List accounts", "account list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Only this brand's");
  verbs.Does(verb, [s, list] { return List(*s, *list); });

  auto get = std::make_shared<Options>();
  verb = verbs.Verb(noun, "get", "Show an account", "account get trailkin_au");
  verb->add_option("account", get->account, "Id or username")->required();
  verb->add_option("--brand", get->brand, "Search the username in this brand");
  verbs.Does(verb, [s, get]() -> Status {
    ASSIGN_OR_RETURN(const auto account, Find(*s, *get));
    s->Show(account);
    return Ok();
  });

  auto disconnect = std::make_shared<Options>();
  verb = verbs.Verb(noun, "disconnect", "Disconnect an account", "account disconnect trailkin_au");
  verb->add_option("account", disconnect->account, "Id or username")->required();
  verb->add_option("--brand", disconnect->brand, "Search the username in this brand");
  verbs.Does(verb, [s, disconnect] { return Disconnect(*s, *disconnect); });
}

}  // namespace carillon::cli
