import Errors
import Interactions
import Ratings
import Testing

@Suite struct BuilderErrorTests {
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aValueThatIsNotFiniteIsRefusedByName(value: Float) {
    let error = #expect(throws: InteractionError.self) {
      try table([
        Rating(user: UserID(1), item: ItemID(2), value: 3),
        Rating(user: UserID(4), item: ItemID(5), value: value),
      ])
    }
    #expect(error?.code == .badValue)
    #expect(error?.description.contains("item 5 by user 4") == true)
  }

  @Test(arguments: [IdentifierType.integer, .text])
  func moreIdsThanTheLimitAreRefused(type: IdentifierType) throws {
    func batch(_ numbers: Range<Int>) -> RatingBatch {
      var batch = RatingBatch(userType: type, itemType: .integer)
      for number in numbers {
        let user = type == .integer ? UserID(Int64(number)) : UserID("user \(number)")
        batch.append(Rating(user: user, item: ItemID(Int64(number % 4))))
      }
      return batch
    }
    var enough = InteractionTableBuilder(identifierLimit: 100)
    try enough.append(batch(0..<100))
    try enough.append(batch(0..<100))
    let table = enough.finish()
    #expect(table.userCount == 100)

    let error = #expect(throws: InteractionError.self) {
      var tooFew = InteractionTableBuilder(identifierLimit: 99)
      try tooFew.append(batch(0..<100))
    }
    #expect(error?.code == .tooMany)
    #expect(error?.place == "users")
  }

  @Test func idsOfTwoTypesAreRefused() {
    let error = #expect(throws: InteractionError.self) {
      var builder = InteractionTableBuilder()
      var batch = RatingBatch(userType: .integer, itemType: .integer)
      batch.append(Rating(user: UserID(1), item: ItemID(1)))
      try builder.append(batch)
      batch = RatingBatch(userType: .integer, itemType: .text)
      batch.append(Rating(user: UserID(1), item: ItemID("one")))
      try builder.append(batch)
    }
    #expect(error?.code == .mixedTypes)
    #expect(error?.place == "items")
  }
}
