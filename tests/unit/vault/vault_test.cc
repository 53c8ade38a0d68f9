#include "common/vault/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace carillon::vault {
namespace {

constexpr char kSecret[] = "a-token-that-must-stay-secret";

TEST(Vault, OpensWhatItSealed) {
  auto vault = Vault::FromText(NewKey());
  ASSERT_TRUE(vault.ok()) << ToString(vault.status());
  const Sealed sealed = vault->Seal(kSecret, "acct_1/1");
  EXPECT_EQ(sealed.ciphertext.find(kSecret), std::string::npos);
  EXPECT_EQ(vault->Open(sealed, "acct_1/1").value(), kSecret);
  // The same secret never looks the same twice.
  EXPECT_NE(vault->Seal(kSecret, "acct_1/1").ciphertext, sealed.ciphertext);
}

TEST(Vault, IsBoundToOwnerAndVersion) {
  auto vault = Vault::FromText(NewKey());
  const Sealed sealed = vault->Seal(kSecret, "acct_1/1");
  EXPECT_EQ(ReasonOf(vault->Open(sealed, "acct_1/2").status()), "SEAL_BROKEN");
  EXPECT_EQ(ReasonOf(vault->Open(sealed, "acct_2/1").status()), "SEAL_BROKEN");
}

TEST(Vault, GarbageIsRefusedWithoutContent) {
  auto vault = Vault::FromText(NewKey());
  const Sealed good = vault->Seal(kSecret, "a");
  for (size_t i = 0; i < good.ciphertext.size(); ++i) {
    Sealed bad = good;
    bad.ciphertext[i] = static_cast<char>(bad.ciphertext[i] ^ 1);
    const auto opened = vault->Open(bad, "a");
    ASSERT_EQ(ReasonOf(opened.status()), "SEAL_BROKEN");
    EXPECT_EQ(ToString(opened.status()).find(kSecret), std::string::npos);
  }
  for (size_t size : {size_t{0}, size_t{15}, good.ciphertext.size() - 1}) {
    Sealed bad = good;
    bad.ciphertext.resize(size);
    EXPECT_EQ(ReasonOf(vault->Open(bad, "a").status()), "SEAL_BROKEN");
  }
  Sealed bad = good;
  bad.nonce = "short";
  EXPECT_EQ(ReasonOf(vault->Open(bad, "a").status()), "SEAL_BROKEN");
}

TEST(Vault, WrongKeySaysWhichWasWanted) {
  auto first = Vault::FromText(NewKey());
  auto second = Vault::FromText(NewKey());
  const Sealed sealed = first->Seal(kSecret, "a");
  const auto opened = second->Open(sealed, "a");
  EXPECT_EQ(ReasonOf(opened.status()), "UNKNOWN_VAULT_KEY");
  EXPECT_EQ(GetErrorInfo(opened.status())->params.at("key_id"), first->key_id());
}

TEST(Vault, RotationSealsWithTheFirstAndOpensWithAll) {
  const std::string old_key = NewKey();
  const std::string new_key = NewKey();
  auto before = Vault::FromText(old_key);
  const Sealed sealed = before->Seal(kSecret, "a");
  auto after = Vault::FromText("# newest first\n" + new_key + "\n\n" + old_key + "\n");
  ASSERT_TRUE(after.ok()) << ToString(after.status());
  EXPECT_EQ(after->Open(sealed, "a").value(), kSecret);
  EXPECT_NE(after->Seal(kSecret, "a").key_id, sealed.key_id);
}

TEST(Vault, BadKeysAreNamedByLine) {
  for (const std::string& text : {std::string("AAAA"), std::string("not base64!"), NewKey() + "x"}) {
    const auto vault = Vault::FromText("# key\n" + text);
    ASSERT_FALSE(vault.ok());
    EXPECT_EQ(GetErrorInfo(vault.status())->params.at("line"), "2");
    EXPECT_EQ(ToString(vault.status()).find(text), std::string::npos);
  }
  EXPECT_EQ(ReasonOf(Vault::FromText("\n").status()), "BAD_VAULT_KEY");
}

TEST(Vault, KeyFileMustBePrivate) {
  char folder[] = "/tmp/vault_testXXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/key";
  std::ofstream(path) << NewKey() << "\n";
  chmod(path.c_str(), 0644);
  EXPECT_EQ(ReasonOf(Vault::FromFile(path).status()), "VAULT_KEY_FILE");
  chmod(path.c_str(), 0600);
  EXPECT_TRUE(Vault::FromFile(path).ok());
  EXPECT_EQ(ReasonOf(Vault::FromFile(path + ".none").status()), "VAULT_KEY_FILE");
  std::remove(path.c_str());
  rmdir(folder);
}

}  // namespace
}  // namespace carillon::vault
