// What the domain wants done after its decision is in the log.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/ledger/decide.h"

namespace carillon::publisher {

// One attempt. Ends with a PublishReport; without one the attempt counts as unknown at send_before and a margin.
struct SendJob : ledger::Effect {
  v1::Delivery delivery;
  v1::Account account;
  int attempt = 0;
  absl::Time send_before;
};

// One look-up after an unknown outcome. Ends with a LookupReport, or is asked again.
struct LookupJob : ledger::Effect {
  v1::Delivery delivery;
  v1::Account account;
  int attempt = 0;
  int lookup = 0;
  absl::Time since;  // the first attempt that nothing is known of
};

// One refresh of an account's access token. Ends with a RefreshReport; without one its outcome is unknown at send_before and a margin.
struct RefreshJob : ledger::Effect {
  v1::Account account;
  int number = 0;
  absl::Time send_before;
};

// What the account's server accepts, asked again. Ends with a LimitsReport, or is asked again.
struct ReadLimitsJob : ledger::Effect {
  v1::Account account;
};

// One run of an upload: the item `index`, from its `resume` on. Tells UploadProgress in the meantime and ends with MediaUploaded or
// UploadStopped; without a word for `upload_lease` it is given up.
struct UploadJob : ledger::Effect {
  v1::MediaUpload upload;
  v1::Account account;
  int index = 0;
};

// The run of that upload is not needed any more.
struct UploadStop : ledger::Effect {
  std::string upload_id;
};

// A new credential version is in the log: this process need not wait to read it from there.
struct CredentialStored : ledger::Effect {
  v1::CredentialRecord credential;
};

// For the metrics.
struct DeliveryEnded : ledger::Effect {
  v1::DeliveryState state = v1::DELIVERY_STATE_UNSPECIFIED;
  std::string reason;
  absl::Time due_at;
  absl::Time finished_at;
};
struct DuplicateSuspected : ledger::Effect {
  std::string delivery_id;
};

}  // namespace carillon::publisher
