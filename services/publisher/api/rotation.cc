// RotateVault: the accounts' credentials sealed anew with the vault key that seals now, while sending goes on.
#include "common/rpc/metadata.h"
#include "services/publisher/api/publisher_api.h"

namespace carillon::publisher {
namespace {

constexpr int kCountDefault = 200;
constexpr int kCountMax = 1'000;

}  // namespace

Status PublisherApi::Rotate(const Context& context, const rpc::Call& call, int count_max, int* resealed) {
  ASSIGN_OR_RETURN(common::v1::Envelope envelope, rpc::EnvelopeFrom(context, call.principal()));
  // Without a request id: the same again is the same.
  envelope.clear_request_id();
  std::vector<ledger::Input> inputs;
  std::vector<std::shared_ptr<const v1::ResealCredential>> commands;
  for (const CredentialVersion& old : credentials_.SealedWithAnotherKey(static_cast<size_t>(count_max))) {
    const Result<std::string> secret = credentials_.Open(old.account_id, old.version);
    if (!secret.ok()) continue;  // ended meanwhile
    auto command = std::make_shared<v1::ResealCredential>();
    *command->mutable_credential() = credentials_.Seal(old.account_id, old.version, *secret);
    ledger::Input input;
    input.aggregate_id = old.account_id;
    input.body = command;
    input.envelope = envelope;
    inputs.push_back(std::move(input));
    commands.push_back(std::move(command));
  }
  const std::vector<ledger::Answer> answers = router_.SubmitAllAndWait(std::move(inputs), call.deadline());
  Status failed = Ok();
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].status.ok()) {
      failed = answers[i].status;
      continue;
    }
    // Another process may own the account: this one need not wait to read it.
    credentials_.Replace(commands[i]->credential());
    ++*resealed;
  }
  return *resealed > 0 ? Ok() : failed;
}

PublisherApi::Reactor* PublisherApi::RotateVault(Context* context, const v1::RotateVaultRequest* request,
                                                 v1::RotateVaultResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto rotate = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("vault.rotate", ""));
      const int count_max = request->count_max() == 0 ? kCountDefault : request->count_max();
      if (count_max < 0 || count_max > kCountMax) {
        return Refuse(Code::kInvalidArgument, "BAD_COUNT",
                      fmt::format("count_max is {}; 1 to {} are possible, 0 means {}", count_max, kCountMax, kCountDefault),
                      {{"field", "count_max"}});
      }
      int resealed = 0;
      if (!request->dry_run()) RETURN_IF_ERROR(Rotate(*context, call, count_max, &resealed));
      response->set_resealed(resealed);
      for (const KeyUse& use : credentials_.KeysUsed()) {
        v1::VaultKeyUse* key = response->add_keys();
        key->set_key_id(use.key_id);
        key->set_credentials(use.credentials);
        key->set_seals(use.seals);
        key->set_known(use.known);
        if (!use.seals) response->set_left(response->left() + use.credentials);
        if (!use.known) response->set_unreadable(response->unreadable() + use.credentials);
      }
      return Ok();
    };
    call.Finish(rotate());
  });
}

}  // namespace carillon::publisher
