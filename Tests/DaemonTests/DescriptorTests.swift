import Daemon
import Testing

/// How descriptors are allotted; `ServeLimitsTests` runs the program with few of them.
struct DescriptorTests {
  @Test func allFitWhereThereAreEnough() throws {
    let needed = DescriptorBudget.needed(connections: 1024, loopCount: 2, openCount: 20)
    let budget = try #require(
      DescriptorBudget(descriptorLimit: needed, connections: 1024, loopCount: 2, openCount: 20))
    #expect(budget.connections == 1024 && budget.refusals == 64)
  }

  @Test(arguments: [80, 100, 128, 256, 1024])
  func someAreAlwaysLeftForTheServer(_ limit: Int) throws {
    let budget = try #require(
      DescriptorBudget(descriptorLimit: limit, connections: 1024, loopCount: 2, openCount: 16))
    #expect(budget.connections >= 1 && budget.connections < 1024)
    #expect(budget.refusals >= 0 && budget.refusals <= budget.connections)
    #expect(limit - budget.connections - budget.refusals >= 48 + 2 * 4 + 16)
  }

  @Test(arguments: [0, 1, 64, 71])
  func tooFewAreRefused(_ limit: Int) {
    let budget = DescriptorBudget(
      descriptorLimit: limit, connections: 1024, loopCount: 2, openCount: 16)
    #expect(budget == nil)
  }
}
