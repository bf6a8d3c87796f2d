import Daemon
import LineProtocol
import ModelRegistry
import TestEnvironment
import Testing

/// A model that is not about ratings is served like any other.
struct OtherKindTests {
  /// Returns a conversation with `commands` about a model of a kind that none of the daemon's commands are for.
  private func conversation(
    _ commands: [DaemonCommand] = DaemonCommand.all
  ) throws -> Conversation {
    let folder = try TemporaryFolder()
    let path = folder.path("model")
    _ = try TestModel.Contents([1, 2, 3]).write(to: path)
    let model = try ModelRegistry(folder.path, forms: [TestModel.form]).open(path)
    return Conversation(
      about: ServedModel(
        of: model,
        facts: ModelFacts(
          of: model, name: "numbers", version: 7, createdAt: "2026-01-01T00:00:00Z",
          inServiceSince: nil)), commands: commands, version: "0")
  }

  @Test func infoTellsOfIt() throws {
    var conversation = try conversation()
    let answer = conversation.answer("INFO model\n")
    #expect(answer.contains(#""model_version":7,"model_kind":"test","model_numbers":3,"#))
  }

  @Test func infoNamesTheOneThatPredictsBesideIt() throws {
    let model = try TestServer.served(Catalogue.contents())
    let facts = ModelFacts(
      name: "recommender", version: 1, kind: "item-item", predictorKind: "bayes",
      createdAt: "2026-01-01T00:00:00Z")
    var conversation = Conversation(
      about: ServedModel(model.queries, facts: facts), version: "0")
    #expect(
      conversation.answer("INFO model\n").contains(
        #""model_kind":"item-item","model_predictor":"bayes","#))
  }

  @Test(arguments: ["RECOMMEND 1", "SIMILAR 1", "PREDICT 1 2"])
  func commandsAboutRatingsSayThatItHasNoReply(_ request: String) throws {
    var conversation = try conversation()
    let answer = conversation.answer(request + "\n")
    #expect(answer.contains("NOT_OF_THIS_MODEL") && answer.contains("a model of kind test"))
  }

  @Test func aCommandOfItsOwnIsOneDeclaration() throws {
    let sum = DaemonCommand(
      "SUM", .model, summary: "The sum of the numbers.", complexity: "O(numbers)", since: "0.2",
      answer: .asking(TestModel.self) { (model, _, _) throws(ErrorReply) in
        .number(model.contents.numbers.reduce(0, +))
      })
    var conversation = try conversation(DaemonCommand.all + [sum])
    #expect(conversation.answer("sum\n") == "6.0\n")
    #expect(conversation.answer("SUM 1\n").contains("Usage: SUM"))
    #expect(conversation.answer("HELP sum\n").contains("The sum of the numbers."))
    #expect(conversation.answer("SUMM\n").contains("Did you mean SUM?"))
    #expect(conversation.answer("SUM HTTP/1.1\n").contains("Usage: SUM"))
    #expect(conversation.answer("MULTI\nSUM\nEXEC\n").hasSuffix("[6.0]\n"))
  }
}
