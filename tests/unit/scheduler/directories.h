// Brands, accounts and campaigns that are known by heart, and media that are in memory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/scheduler/ports.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {

class FakeDirectories : public BrandDirectory, public AccountDirectory, public CampaignDirectory,
                        public MediaStore {
 public:
  FakeDirectories() {
    strategy::v1::Brand& brand = brands["Trailkin"];
    brand.set_id(kBrandId);
    brand.set_org_id(kOrg);
    brand.set_name("Trailkin");
    brand.set_timezone("Europe/Paris");
    AddAccount(kAccountA, "trailkin@one.example");
    AddAccount(kAccountB, "trailkin@two.example");
    strategy::v1::Campaign& campaign = campaigns["Launch"];
    campaign.set_id("camp_launch");
    campaign.set_brand_id(kBrandId);
    campaign.set_name("Launch");
  }
  void AddAccount(const std::string& id, const std::string& username) {
    publisher::v1::Account& account = accounts[username];
    account.set_id(id);
    account.set_org_id(kOrg);
    account.set_brand_id(kBrandId);
    account.set_platform("mastodon");
    account.set_username(username);
    account.set_state(publisher::v1::ACCOUNT_STATE_CONNECTED);
    account.mutable_limits()->set_text_characters_max(500);
    account.mutable_limits()->set_url_characters(23);
    account.mutable_limits()->set_media_count_max(4);
  }

  Result<strategy::v1::Brand> FindBrand(const std::string&, const std::string& name) override {
    ++asked;
    return Find(brands, name, "UNKNOWN_BRAND");
  }
  Result<publisher::v1::Account> FindAccount(const std::string&, const std::string& name) override {
    ++asked;
    return Find(accounts, name, "UNKNOWN_ACCOUNT");
  }
  Result<strategy::v1::Campaign> FindCampaign(const std::string&, const std::string& name) override {
    ++asked;
    return Find(campaigns, name, "UNKNOWN_CAMPAIGN");
  }
  Result<std::unique_ptr<MediaUpload>> Begin() override {
    return MakeStatus(Code::kUnavailable, "no uploads here");
  }
  Result<publisher::v1::Media> Find(const std::string& sha256) override {
    const auto it = media.find(sha256);
    if (it != media.end()) return it->second;
    return Refuse(Code::kInvalidArgument, "UNKNOWN_MEDIA", "no media '" + sha256 + "'");
  }
  Directories directories() { return {*this, *this, *this}; }

  std::map<std::string, strategy::v1::Brand> brands;
  std::map<std::string, publisher::v1::Account> accounts;
  std::map<std::string, strategy::v1::Campaign> campaigns;
  std::map<std::string, publisher::v1::Media> media;
  bool away = false;
  int asked = 0;

 private:
  template <typename T>
  Result<T> Find(const std::map<std::string, T>& known, const std::string& name,
                 const char* reason) const {
    if (away) return MakeStatus(Code::kUnavailable, "the strategy service does not answer");
    for (const auto& [key, value] : known) {
      if (key == name || value.id() == name) return value;
    }
    return Refuse(Code::kNotFound, reason, "there is no '" + name + "'", {{"name", name}});
  }
};

}  // namespace carillon::scheduler
