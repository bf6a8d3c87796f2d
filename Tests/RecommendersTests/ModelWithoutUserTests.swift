import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing

/// A model file with a user removed equals the file that would have been written without the user.
struct ModelWithoutUserTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func without(_ user: UserID, _ contents: some ModelContents) throws -> [UInt8]? {
    let file = try SafetensorsFile(
      MappedFile(copying: contents.encoded(), named: "memory"))
    guard let remainder = try ModelWithoutUser(file, user) else { return nil }
    let path = folder.path("model.safetensors")
    let digest = try remainder.write(to: path)
    #expect(try FileDigest(ofFile: path) == digest)
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test(arguments: [IdentifierType.integer, .text], [0, 17, 36])
  func factorsOfAllOthersStayAsTheyAre(_ type: IdentifierType, _ row: Int) throws {
    let contents = RandomContents(userType: type, hasAttributes: true).make()
    var expected = contents
    expected.catalogue.remove(userAt: row)
    let (first, count) = (row * contents.tables.factorCount, contents.tables.factorCount)
    expected.tables.userFactors.removeSubrange(first..<first + count)
    expected.tables.userBiases.remove(at: row)
    let user: UserID = contents.catalogue.users.identifier(at: row)
    #expect(try without(user, contents) == expected.encoded())
  }

  @Test(arguments: [IdentifierType.integer, .text], [0, 17, 36])
  func embeddingsOfAllOthersStayAsTheyAre(_ type: IdentifierType, _ row: Int) throws {
    let contents = RandomMLP(contents: RandomContents(userType: type)).make()
    var expected = contents
    expected.catalogue.remove(userAt: row)
    let width = contents.tables.userEmbeddings.columnCount
    // The first row is that of unknown users.
    expected.tables.userEmbeddings.numbers.removeSubrange((row + 1) * width..<(row + 2) * width)
    expected.tables.userEmbeddings.rowCount -= 1
    let user: UserID = contents.catalogue.users.identifier(at: row)
    #expect(try without(user, contents) == expected.encoded())
  }

  @Test(arguments: [0, 3]) func theOnlyUserLeavesAModelOfNone(_ factorCount: Int) throws {
    let contents = RandomContents(userCount: 1, factorCount: factorCount, userType: .text).make()
    let user: UserID = contents.catalogue.users.identifier(at: 0)
    _ = try #require(try without(user, contents))
    let model = try FactorModel.open(folder.path("model.safetensors"))
    try model.verifyContents()
    #expect(model.userCount == 0 && model.catalogue.ratedItemCount == 0)
    #expect(model.users.index(of: user) == nil)
    #expect(model.score(for: model.user(nil), item: ItemIndex(0)).isFinite)
  }

  /// It may have a row per user.
  @Test func aTensorThatIsUnknownIsNotPassedOn() throws {
    let contents = RandomContents(userType: .text).make()
    let path = folder.path("newer.safetensors")
    let file = try SafetensorsFile(MappedFile(copying: contents.encoded(), named: "memory"))
    var tensors = file.tensorNames.compactMap { file.tensor(named: $0) }.map { tensor in
      OutgoingTensor(tensor.name, tensor.elementType, tensor.shape) {
        (stream) throws(ModelFileError) in
        try stream.append(tensor, 0..<tensor.shape.elementCount)
      }
    }
    tensors.append(OutgoingTensor("user_moods", [Float(1), 2]))
    _ = try SafetensorsWriter.write(
      tensors, metadata: file.metadata, aligned: "item_factors", to: path)
    let user: UserID = contents.catalogue.users.identifier(at: 0)
    let remainder = try #require(try ModelWithoutUser(SafetensorsFile(path), user))
    let error = #expect(throws: ModelFileError.self) {
      try remainder.write(to: folder.path("model.safetensors"))
    }
    #expect(error?.code == .tooNew && error?.problem.contains("user_moods") == true)
  }

  @Test func aUserWhoIsNotThereIsToldSo() throws {
    let contents = RandomContents(userType: .text).make()
    #expect(try without(UserID("nobody at all"), contents) == nil)
    #expect(try without(UserID(7), contents) == nil)
  }
}

extension ModelCatalogueContents {
  /// Removes a user by editing the arrays in memory.
  fileprivate mutating func remove(userAt row: Int) {
    let rated = Int(ratedOffsets[row])..<Int(ratedOffsets[row + 1])
    ratedItems.removeSubrange(rated)
    ratedOffsets.remove(at: row + 1)
    for later in (row + 1)..<ratedOffsets.count { ratedOffsets[later] -= UInt64(rated.count) }
    var others = IdentifierColumn(type: users.type)
    for position in 0..<users.count where position != row {
      others.append(users.identifier(at: position, of: UserEntity.self))
    }
    users = others
  }
}
