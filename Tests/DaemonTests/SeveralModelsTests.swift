import Daemon
import Foundation
import LineProtocol
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// Several models in one server: which model a client asks, and what goes into service under which name.
struct SeveralModelsTests {
  /// Returns a recommender called `name` with shifted scores.
  private static func recommender(
    _ name: String, version: Int = 1, shift: Float = 0
  ) throws -> ServedModel {
    let served = try TestServer.served(Catalogue.contents(shift: shift), version: version)
    return ServedModel(
      served.queries,
      facts: ModelFacts(
        name: name, version: version, kind: "dot-bias", sha256: "\(name)\(version)",
        createdAt: "2026-01-01T00:00:00Z"))
  }

  private static func models(_ places: [(String, ServedModel?)]) -> ServedModels {
    places.enumerated().reduce(ServedModels(names: places.map(\.0))) { models, place in
      models.replacing(place.offset, by: place.element.1)
    }
  }

  private static func scripted(_ version: Int) -> ServedModel {
    ScriptedModel(version: version).served
  }

  @Test func theFirstRecommenderIsAskedUnlessAnotherIsNamed() throws {
    let models = Self.models([
      ("other", Self.scripted(1)), ("first", try Self.recommender("first", version: 3)),
      ("second", try Self.recommender("second", version: 5, shift: 1)),
    ])
    var conversation = Conversation(
      about: models, commands: ScriptedModel.commands(), version: "0")
    #expect(conversation.answer("PREDICT 1 20\n").contains(#""version":3,"prediction":3.5}"#))
    #expect(
      conversation.answer("PREDICT 1 20 MODEL second\n").contains(#""version":5,"prediction":4.5}"#)
    )
    #expect(conversation.answer("predict 1 20 model first\n").contains(#""version":3"#))
    // Each model's answers are cached separately.
    #expect(conversation.answer("PREDICT 1 20\n").contains("3.5}"))
    for request in [
      "RECOMMEND 1", "MRECOMMEND 1 1", "RECOMMENDRATINGS 1 10 4", "SIMILAR 10", "SIMILARUSERS 1",
      "EXPLAIN 1 20",
    ] {
      #expect(conversation.answer("\(request)\n").contains(#""version":3"#), "\(request)")
      #expect(
        conversation.answer("\(request) MODEL second\n").contains(#""version":5"#), "\(request)")
    }
    #expect(conversation.answer("ASK x\n") == "\"x by 1\"\n")
    let other = conversation.answer("PREDICT 1 20 MODEL other\n")
    #expect(other.contains("NOT_OF_THIS_MODEL") && other.contains("scripted"))
    let unknown = conversation.answer("PREDICT 1 20 MODEL secnd\n")
    #expect(unknown.contains("BAD_ARGUMENT") && unknown.contains("Did you mean second?"))
    #expect(unknown.contains("other, first, second"))
    #expect(conversation.answer("PREDICT 1 20 MODEL\n").contains("no name follows MODEL"))
    let queued = conversation.answer(
      "MULTI\nPREDICT 1 20 MODEL second\nPREDICT 1 20\nEXEC\n")
    #expect(queued.contains("4.5},{") && queued.hasSuffix("3.5}]\n"))
  }

  @Test func aNameWithoutAVersionHasNoModel() throws {
    var empty = Conversation(about: Self.models([("a", nil), ("b", nil)]), version: "0")
    #expect(empty.answer("PREDICT 1 20\n").contains("NO_MODEL"))
    #expect(empty.answer("MRECOMMEND 1 1\n").contains("NO_MODEL"))
    // A name that may turn out to be a recommender is waited for, so that all answers are from the same model.
    var half = Conversation(
      about: Self.models([("a", nil), ("b", try Self.recommender("b"))]), version: "0")
    let waiting = half.answer("PREDICT 1 20\n")
    #expect(waiting.contains("NO_MODEL") && waiting.contains("as a"))
    #expect(half.answer("INFO model\n").contains(#""model":null"#))
    #expect(half.answer("PREDICT 1 20 MODEL b\n").contains("3.5}"))
    // One known not to be a recommender is skipped, whether or not it is in service.
    for other in [Self.scripted(1), nil] {
      var known = Conversation(
        about: Self.models([("a", Self.scripted(1)), ("b", try Self.recommender("b"))])
          .replacing(0, by: other), version: "0")
      #expect(known.answer("PREDICT 1 20\n").contains("3.5}"))
    }
    let missing = half.answer("PREDICT 1 20 MODEL a\n")
    #expect(missing.contains("NO_MODEL") && missing.contains("as a"))
  }

  /// If another model could have answered, the reply names the one that did.
  @Test func theAnswerNamesItsModelWhereThereAreSeveral() throws {
    let places = [
      ("other", Self.scripted(1)), ("first", try Self.recommender("first", version: 3)),
      ("second", try Self.recommender("second", version: 5)),
    ]
    let requests = [
      "PREDICT 1 20", "RECOMMEND 1", "MRECOMMEND 1 1", "RECOMMENDRATINGS 1 10 4", "SIMILAR 10",
      "SIMILARUSERS 1", "EXPLAIN 1 20",
    ]
    var alone = Conversation(about: Self.models(Array(places[..<2])), version: "0")
    var several = Conversation(about: Self.models(places), version: "0")
    // A model temporarily out of service still counts.
    var left = Conversation(about: Self.models(places).replacing(2, by: nil), version: "0")
    for request in requests {
      #expect(!alone.answer(request + "\n").contains(#""model":"#), "\(request)")
      for (model, version) in [("first", 3), ("second", 5)] {
        let answer = several.answer("\(request) MODEL \(model)\n")
        #expect(answer.contains(#""model":"\#(model)","version":\#(version)"#), "\(answer)")
      }
      #expect(several.answer(request + "\n").contains(#""model":"first","version":3"#))
      #expect(left.answer(request + "\n").contains(#""model":"first","version":3"#))
    }
  }

  @Test func infoTellsOfAll() throws {
    let models = Self.models([
      ("other", Self.scripted(1)), ("films", try Self.recommender("films", version: 3)),
      ("books", nil),
    ])
    var conversation = Conversation(about: models, version: "0")
    let told = conversation.answer("INFO model models\n")
    #expect(told.contains(#""model":"films","model_version":3"#))
    #expect(
      told.contains(
        #""models":{"other":"version=1,kind=scripted","films":"version=3,kind=dot-bias,sha256=films3","books":"version=none"}"#
      ), "\(told)")
    // A server of one name has no such section.
    var single = Conversation(about: try Self.recommender("films"), version: "0")
    #expect(single.answer("INFO models\n") == "{}\n")
  }

  /// Putting a model in service under one name leaves the others unchanged.
  @Test func eachNameIsServedAnewOnItsOwn() async throws {
    let models = Self.models([
      ("first", try Self.recommender("first")),
      ("second", try Self.recommender("second", shift: 1)),
    ])
    try await TestServer.run(asking: models) { running in
      try await running.server.serve(try Self.recommender("second", version: 2, shift: 2), at: 1)
      let both = "PREDICT 1 20\nPREDICT 1 20 MODEL second\n"
      let answers = try await running.talk { try $0.ask(both) }.split(separator: "\n")
      #expect(answers[0].contains(#""version":1,"prediction":3.5"#))
      #expect(answers[1].contains(#""version":2,"prediction":5.5"#))
      try await running.server.serve(nil, at: 0)
      let requests = "PREDICT 1 20\nPREDICT 1 20 MODEL first\nPREDICT 1 20 MODEL second\n"
      let gone = try await running.talk { try $0.ask(requests) }.split(separator: "\n")
      // No client is answered by a different model than before.
      #expect(gone[0].contains("NO_MODEL") && gone[1] == gone[0])
      #expect(gone[2].contains(#""version":2"#))
    }
  }
}
