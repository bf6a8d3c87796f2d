import Interactions
import Ratings
import TestEnvironment
import Testing

@Suite struct FingerprintTests {
  @Test(arguments: IdentifierType.allCases)
  func theOrderOfArrivalDoesNotMatter(idType: IdentifierType) throws {
    var sample = SampleRatings(seed: 1)
    sample.idType = idType
    let ratings = sample.makeUnique(2000)
    let shuffled = ratings.shuffled(using: &sample.generator)
    let expected = try table(ratings).fingerprint()
    #expect(try table(shuffled, batchSize: 7, keepingTimes: false).fingerprint() == expected)
    #expect(expected.count == 64)
  }

  @Test func anyDifferenceMatters() throws {
    let ratings = [
      Rating(user: UserID(1), item: ItemID(1), value: 3),
      Rating(user: UserID(2), item: ItemID(2), value: 4),
    ]
    var others = Set([try table(ratings).fingerprint(), try table([]).fingerprint()])
    var changed = ratings
    changed[1].value = 4.5
    others.insert(try table(changed).fingerprint())
    changed = ratings
    changed[1].item = ItemID(3)
    others.insert(try table(changed).fingerprint())
    changed = ratings
    changed[1].user = UserID(3)
    others.insert(try table(changed).fingerprint())
    others.insert(try table([ratings[0]]).fingerprint())
    let texts = ratings.map {
      Rating(user: UserID($0.user.description), item: $0.item, value: $0.value)
    }
    others.insert(try table(texts).fingerprint())
    #expect(others.count == 7)
  }

  /// The digest of the documented bytes, computed by Python's hashlib.
  @Test func theBytesAreTheDocumentedOnes() throws {
    let ratings = [
      Rating(user: UserID("b"), item: ItemID(-5), value: 0.5),
      Rating(user: UserID("ann"), item: ItemID(7), value: 4),
      Rating(user: UserID("b"), item: ItemID(7), value: 2),
    ]
    #expect(
      try table(ratings).fingerprint()
        == "7ef3d0d7ed40031779cc4b63030e32518397c9a34974b9bbb7bdb8a0be10f202")
  }
}
