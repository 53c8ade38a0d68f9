#include "services/publisher/domain/apps.h"

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/connection.h"

namespace carillon::publisher {
namespace {

Status UnknownApp(const std::string& id) {
  return Refuse(Code::kNotFound, "UNKNOWN_APP", fmt::format("there is no app '{}'; see the list of apps", id),
                {{"app", id}});
}

Status CheckCredential(const v1::PutApp& command, uint32_t before) {
  const v1::CredentialRecord& credential = command.credential();
  const bool right = credential.account_id() == command.app().id() && credential.version() == before + 1 &&
                     !credential.ciphertext().empty();
  if (!command.has_credential() || right) return Ok();
  return Refuse(Code::kAborted, "APP_RACE", "the app was changed by another request at the same moment; ask again",
                {{"app", command.app().id()}});
}

}  // namespace

Status Put(Turn& turn, const v1::PutApp& command) {
  const v1::App& wanted = command.app();
  if (!IsId(wanted.id(), "app")) {
    return Refuse(Code::kInvalidArgument, "BAD_APP_ID", fmt::format("'{}' is not an app's id (app_...)", wanted.id()),
                  {{"app", wanted.id()}});
  }
  ASSIGN_OR_RETURN(v1::App * app, turn.FindApp(wanted.id()));
  const uint32_t before = app == nullptr ? 0 : app->credential_version();
  RETURN_IF_ERROR(CheckCredential(command, before));
  const bool is_new = app == nullptr || app->removed();
  if (app == nullptr) app = &turn.AddApp(wanted.id());
  const v1::App old = *app;
  *app = wanted;
  if (wanted.name().empty()) app->set_name(old.name());
  *app->mutable_registered_at() = ToProto(turn.now());
  if (old.has_last_connected_at() && wanted.client_id() == old.client_id()) {
    *app->mutable_last_connected_at() = old.last_connected_at();
  }
  app->set_credential_version(before);
  if (command.has_credential()) {
    app->set_credential_version(command.credential().version());
    PutCredential(turn, command.credential(), before);
  } else {
    app->set_has_client_secret(old.has_client_secret());
    app->set_has_webhook_secret(old.has_webhook_secret());
    app->set_has_app_token(old.has_app_token());
  }
  turn.Changed(app->id(), is_new ? "app.created" : "app.updated");
  return Ok();
}

Status Remove(Turn& turn, const std::string& app_id) {
  ASSIGN_OR_RETURN(v1::App * app, turn.FindApp(app_id));
  if (app == nullptr) return UnknownApp(app_id);
  if (app->removed()) return Ok();
  app->set_removed(true);
  BlankCredential(turn, app->id(), app->credential_version());
  app->set_has_client_secret(false);
  app->set_has_webhook_secret(false);
  app->set_has_app_token(false);
  turn.Changed(app->id(), "app.removed");
  return Ok();
}

Status Connected(Turn& turn, const std::string& app_id) {
  ASSIGN_OR_RETURN(v1::App * app, turn.FindApp(app_id));
  if (app == nullptr) return UnknownApp(app_id);
  *app->mutable_last_connected_at() = ToProto(turn.now());
  turn.Changed(app->id(), "app.connected");
  return Ok();
}

}  // namespace carillon::publisher
