#include <CLI/CLI.hpp>

#include "common/vault/vault.h"
#include "services/cli/app.h"
#include "services/cli/session.h"

namespace carillon::cli {
namespace {

using Rotated = publisher::v1::RotateVaultResponse;

constexpr int kAtOnce = 200;

Result<Rotated> Ask(Session& s, bool dry_run) {
  publisher::v1::RotateVaultRequest request;
  request.set_count_max(kAtOnce);
  request.set_dry_run(dry_run);
  return s.Call(s.publisher(), &Publisher::RotateVault, request);
}

void Show(Session& s, const Rotated& answer) {
  s.ShowRows(std::vector(answer.keys().begin(), answer.keys().end()),
             {{"KEY", "key_id"}, {"CREDENTIALS", "credentials"}, {"SEALS", "seals"}, {"KNOWN HERE", "known"}});
}

Status StatusOf(Session& s) {
  ASSIGN_OR_RETURN(const Rotated answer, Ask(s, true));
  Show(s, answer);
  return Ok();
}

// Call after call, until nothing is left that can be opened; what was done stays done if one fails.
Status Rotate(Session& s) {
  int resealed = 0;
  Rotated answer;
  do {
    ASSIGN_OR_RETURN(answer, Ask(s, false));
    resealed += answer.resealed();
    if (answer.resealed() > 0) s.Note(fmt::format("{} sealed anew, {} left", resealed, answer.left()));
  } while (answer.resealed() > 0 && answer.left() > answer.unreadable());
  Show(s, answer);
  if (answer.left() == 0) return Ok();
  return Refuse(Code::kFailedPrecondition, "CREDENTIALS_LEFT",
                fmt::format("{} credentials are still sealed with other keys, {} of them with keys that the publisher does not have; "
                            "add these keys to its key file, or connect the accounts again",
                            answer.left(), answer.unreadable()));
}

}  // namespace

void AddVault(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("vault", "The keys that seal the accounts' credentials");
  Session* s = &verbs.session;
  CLI::App* verb = verbs.Verb(noun, "new-key", "Print a new key (secret), a line for the publishers' key file", "vault new-key");
  verbs.Does(verb, [s]() -> Status {
    s->out << vault::NewKey() << "\n";
    return Ok();
  });
  verb = verbs.Verb(noun, "status", "Show which key sealed how many credentials", "vault status");
  verbs.Does(verb, [s] { return StatusOf(*s); });
  verb = verbs.Verb(noun, "rotate",
                    "Seal with the first key of the publishers' key file what older keys sealed; every publisher has to run with that file",
                    "vault rotate");
  verbs.Does(verb, [s] { return Rotate(*s); });
}

}  // namespace carillon::cli
