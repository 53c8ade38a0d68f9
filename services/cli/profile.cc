#include <absl/time/clock.h>

#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/files.h"
#include "services/cli/resolve.h"
#include "services/cli/upload.h"

namespace carillon::cli {
namespace {

constexpr double kWaitMaxS = 3600;
constexpr absl::Duration kPauseMin = absl::Milliseconds(200);
constexpr absl::Duration kPauseMax = absl::Seconds(2);

struct Options {
  std::string account, brand, display_name, bio, bio_file, avatar, header;
  std::vector<std::string> fields;
  double wait_s = 60;
  // Whether it was typed: an empty name or bio is one, too.
  CLI::Option* has_display_name = nullptr;
  CLI::Option* has_bio = nullptr;
};

Result<publisher::v1::Account> Find(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const std::string brand_id, BrandId(s, options.brand));
  return FindAccount(s, options.account, brand_id);
}

Status Get(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto account, Find(s, options));
  publisher::v1::GetProfileRequest request;
  request.set_account_id(account.id());
  ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::GetProfile, request));
  s.Show(response.profile());
  return Ok();
}

Status FillFields(const Options& options, publisher::v1::ProfileChange& change) {
  for (const std::string& text : options.fields) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Local(fmt::format("--field '{}': give NAME=VALUE, or NAME= to take it away", text));
    }
    publisher::v1::ProfileField& field = *change.add_fields();
    field.set_name(text.substr(0, equals));
    field.set_value(text.substr(equals + 1));
  }
  return Ok();
}

// Without the pictures.
Result<publisher::v1::ProfileChange> ReadChange(Session& s, const Options& options) {
  publisher::v1::ProfileChange change;
  if (options.has_display_name->count() > 0) change.set_display_name(options.display_name);
  if (options.has_bio->count() > 0) change.set_bio(options.bio);
  if (!options.bio_file.empty()) {
    ASSIGN_OR_RETURN(*change.mutable_bio(), ReadText(options.bio_file, s.in, kTextBytesMax));
  }
  RETURN_IF_ERROR(FillFields(options, change));
  if (options.avatar.empty() && options.header.empty() && change.ByteSizeLong() == 0) {
    return Local("nothing to change; give --display-name, --bio, --avatar, --header or --field");
  }
  return change;
}

Status UploadPictures(Session& s, const Options& options, publisher::v1::ProfileChange& change) {
  if (!options.avatar.empty()) {
    ASSIGN_OR_RETURN(*change.mutable_avatar(), UploadFile(s, options.avatar));
  }
  if (!options.header.empty()) {
    ASSIGN_OR_RETURN(*change.mutable_header(), UploadFile(s, options.header));
  }
  return Ok();
}

bool HasEnded(publisher::v1::DeliveryState state) {
  return state != publisher::v1::DELIVERY_STATE_UNSPECIFIED && state != publisher::v1::DELIVERY_STATE_QUEUED &&
         state != publisher::v1::DELIVERY_STATE_SENDING && state != publisher::v1::DELIVERY_STATE_CHECKING;
}

// Until it has ended, or the time is over.
Result<publisher::v1::Delivery> Await(Session& s, publisher::v1::Delivery delivery, double wait_s) {
  publisher::v1::GetDeliveryRequest request;
  request.set_id(delivery.id());
  const absl::Time end = absl::Now() + absl::Seconds(wait_s);
  absl::Duration pause = kPauseMin;
  while (!HasEnded(delivery.state()) && absl::Now() + pause < end) {
    absl::SleepFor(pause);
    pause = std::min(pause * 2, kPauseMax);
    ASSIGN_OR_RETURN(auto response, s.Call(s.publisher(), &Publisher::GetDelivery, request));
    delivery = std::move(*response.mutable_delivery());
  }
  return delivery;
}

// Exit code 0: the platform says that it is so; 1: it was not done, and is not going to be; 3: that is not known (yet).
Status Outcome(const publisher::v1::Delivery& delivery) {
  const std::string& reason = delivery.error_reason();
  switch (delivery.state()) {
    case publisher::v1::DELIVERY_STATE_DONE: return Ok();
    case publisher::v1::DELIVERY_STATE_UNCONFIRMED:
      return MakeStatus(Code::kUnavailable, fmt::format("the platform did not answer ({}); look with `profile get`, and ask anew", reason));
    default: break;
  }
  if (HasEnded(delivery.state())) return Failed(reason.empty() ? "NOT_DONE" : reason, delivery.error());
  return MakeStatus(Code::kUnavailable, delivery.waiting_for().empty()
                                            ? "the platform has not answered yet"
                                            : fmt::format("it waits for {}", delivery.waiting_for()));
}

Status Set(Session& s, const Options& options) {
  publisher::v1::SetProfileRequest request;
  ASSIGN_OR_RETURN(*request.mutable_change(), ReadChange(s, options));
  ASSIGN_OR_RETURN(const auto account, Find(s, options));
  RETURN_IF_ERROR(UploadPictures(s, options, *request.mutable_change()));
  request.set_request_id(s.RequestId());
  request.set_account_id(account.id());
  ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::SetProfile, request));
  ASSIGN_OR_RETURN(const auto delivery, Await(s, response.delivery(), options.wait_s));
  publisher::v1::Delivery shown = delivery;
  shown.mutable_dispatch()->clear_content();  // it was typed just now
  s.Show(shown);
  return Outcome(delivery);
}

void AddAccountOptions(CLI::App* verb, Options& options) {
  verb->add_option("account", options.account, "Id or username")->required();
  verb->add_option("--brand", options.brand, "Search the username in this brand");
}

}  // namespace

void AddProfile(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("profile", "What platforms show of accounts");
  Session* s = &verbs.session;

  auto get = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "get", "Show an account's profile as its platform has it now", "profile get trailkin_au");
  AddAccountOptions(verb, *get);
  verbs.Does(verb, [s, get] { return Get(*s, *get); });

  auto set = std::make_shared<Options>();
  verb = verbs.Verb(noun, "set", "Change an account's profile: what is named, and nothing else",
                    "profile set trailkin_au --display-name Trailkin --field \"Shop=https://trailkin.example\"");
  AddAccountOptions(verb, *set);
  set->has_display_name = verb->add_option("--display-name", set->display_name, "What the account is called; \"\" takes it away");
  set->has_bio = verb->add_option("--bio", set->bio, "What the account says of itself; \"\" takes it away");
  verb->add_option("--bio-file", set->bio_file, "File with the bio, - is standard input")->excludes(set->has_bio);
  verb->add_option("--avatar", set->avatar, "File with the picture beside its posts");
  verb->add_option("--header", set->header, "File with the picture above its profile");
  verb->add_option("--field", set->fields, "NAME=VALUE: that field of the profile; NAME= takes it away; may be given again")
      ->take_all()->allow_extra_args(false);
  verb->add_option("--wait", set->wait_s, "Seconds to wait for the platform's answer; the change goes on without")
      ->check(CLI::Range(0.0, kWaitMaxS))
      ->capture_default_str();
  verbs.Does(verb, [s, set] { return Set(*s, *set); });
}

}  // namespace carillon::cli
