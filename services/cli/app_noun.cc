// What an organization has registered with platforms.
#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/files.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string platform, base_url, name, client_id, client_secret_file, webhook_secret_file, app_token_file, consumer_key, id;
};

Result<std::string> Secret(Session& s, const std::string& file) {
  if (file.empty()) return std::string();
  std::string warning;
  ASSIGN_OR_RETURN(const std::string secret, ReadSecret(file, s.in, warning));
  if (!warning.empty()) s.Note("warning: " + warning);
  return secret;
}

Status Create(Session& s, const Options& options) {
  publisher::v1::CreateAppRequest request;
  ASSIGN_OR_RETURN(*request.mutable_client_secret(), Secret(s, options.client_secret_file));
  ASSIGN_OR_RETURN(*request.mutable_webhook_secret(), Secret(s, options.webhook_secret_file));
  ASSIGN_OR_RETURN(*request.mutable_app_token(), Secret(s, options.app_token_file));
  request.set_consumer_key(options.consumer_key);
  ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(s));
  request.set_request_id(s.RequestId());
  request.set_platform(options.platform);
  request.set_base_url(options.base_url);
  request.set_name(options.name);
  request.set_client_id(options.client_id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.authorizer(), &Authorizer::CreateApp, request));
  Json shown = ToJson(response.app());
  shown["redirect_uri"] = response.redirect_uri();
  shown["webhook_url"] = response.webhook_url();
  s.Show(shown);
  return Ok();
}

Status List(Session& s) {
  publisher::v1::ListAppsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(s));
  ASSIGN_OR_RETURN(const auto rows, s.CallPages(s.authorizer(), &Authorizer::ListApps, request,
                                                &publisher::v1::ListAppsResponse::apps));
  s.ShowRows(rows, {{"ID", "id"},
                    {"PLATFORM", "platform"},
                    {"NAME", "name"},
                    {"SERVER", "base_url"},
                    {"CLIENT ID", "client_id"},
                    {"REDIRECT URI", "redirect_uri"}});
  return Ok();
}

Status Remove(Session& s, const Options& options) {
  publisher::v1::RemoveAppRequest request;
  request.set_request_id(s.RequestId());
  request.set_app_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.authorizer(), &Authorizer::RemoveApp, request));
  s.Show(response.app());
  return Ok();
}

}  // namespace

void AddAppNoun(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("app", "What the organization has registered with platforms");
  Session* s = &verbs.session;

  auto create = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "create", "Keep an app's client id and secrets; again updates it",
                              "app create --platform x --client-id abc --client-secret-file secret.txt");
  verb->add_option("--platform", create->platform, "x; servers of mastodon register apps by themselves")->required();
  verb->add_option("--base-url", create->base_url, "The server; default: the platform's own");
  verb->add_option("--name", create->name, "What to call it here");
  verb->add_option("--client-id", create->client_id, "As the platform gave it")->required();
  verb->add_option("--client-secret-file", create->client_secret_file,
                   "File with the client secret alone, or -; without it: a public client, or the one that is there");
  verb->add_option("--webhook-secret-file", create->webhook_secret_file,
                   "File with what the platform signs webhooks with (x: the consumer secret), or -");
  verb->add_option("--consumer-key", create->consumer_key,
                   "Gets the app's own token, for what is pushed (x: the API key; its secret is the webhook secret)");
  verb->add_option("--app-token-file", create->app_token_file, "File with that token, or - (x: the app-only bearer token)")
      ->excludes("--consumer-key");
  verbs.Does(verb, [s, create] { return Create(*s, *create); });

  verb = verbs.Verb(noun, "list", "List apps", "app list");
  verbs.Does(verb, [s] { return List(*s); });

  auto remove = std::make_shared<Options>();
  verb = verbs.Verb(noun, "remove", "Forget an app's secrets; accounts that it connected stay", "app remove app_...");
  verb->add_option("id", remove->id, "Id of `app list`")->required();
  verbs.Does(verb, [s, remove] { return Remove(*s, *remove); });
}

}  // namespace carillon::cli
