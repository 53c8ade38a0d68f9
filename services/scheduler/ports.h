// What the scheduler needs of others, at its door only: the domain asks nobody. Implementations are thread-safe; calls may block for
// at most 2 s (directories) or on the local disk (media).
//
// Not there is a refusal (NOT_FOUND, UNKNOWN_BRAND / UNKNOWN_ACCOUNT / UNKNOWN_CAMPAIGN / UNKNOWN_MEDIA); a service that does not
// answer is UNAVAILABLE and named in the message.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "carillon/publisher/v1/publisher.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"
#include "common/base/status.h"

namespace carillon::scheduler {

class BrandDirectory {
 public:
  virtual ~BrandDirectory() = default;
  // `brand` is an id, or a name within the organization.
  virtual Result<strategy::v1::Brand> FindBrand(const std::string& org_id,
                                                const std::string& brand) = 0;
};

class CampaignDirectory {
 public:
  virtual ~CampaignDirectory() = default;
  // `campaign` is an id, or a name within the brand.
  virtual Result<strategy::v1::Campaign> FindCampaign(const std::string& brand_id,
                                                      const std::string& campaign) = 0;
};

class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;
  // `account` is an id, or a username within the brand.
  virtual Result<publisher::v1::Account> FindAccount(const std::string& brand_id,
                                                     const std::string& account) = 0;
};

// One file on its way into the store. Dropped without Finish: nothing stays.
class MediaUpload {
 public:
  virtual ~MediaUpload() = default;
  // MEDIA_TOO_LARGE.
  virtual Status Write(std::string_view bytes) = 0;
  // Durable when it returns. BAD_MEDIA if it is none of the kinds that are taken.
  virtual Result<publisher::v1::Media> Finish() = 0;
};

// Files by the SHA-256 of their bytes, shared with the publisher.
class MediaStore {
 public:
  virtual ~MediaStore() = default;
  virtual Result<std::unique_ptr<MediaUpload>> Begin() = 0;
  virtual Result<publisher::v1::Media> Find(const std::string& sha256) = 0;
};

struct Directories {
  BrandDirectory& brands;
  AccountDirectory& accounts;
  CampaignDirectory& campaigns;
};

}  // namespace carillon::scheduler
