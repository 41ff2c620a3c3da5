"""One catalogue of what people read about rings, in English and Chinese: names, reasons as sentences, money and risk."""

from graphfraud.wording.look_alikes import why_not as why_not
from graphfraud.wording.names import KINDS as KINDS
from graphfraud.wording.names import LANGUAGES as LANGUAGES
from graphfraud.wording.names import LOOK_ALIKES as LOOK_ALIKES
from graphfraud.wording.names import Lang as Lang
from graphfraud.wording.names import feature_name as feature_name
from graphfraud.wording.names import kind_name as kind_name
from graphfraud.wording.names import look_alike as look_alike
from graphfraud.wording.names import money as money
from graphfraud.wording.names import money_exact as money_exact
from graphfraud.wording.names import risk_word as risk_word
from graphfraud.wording.names import role_name as role_name
from graphfraud.wording.names import share as share
from graphfraud.wording.names import short_mask as short_mask
from graphfraud.wording.sentences import SENTENCES as SENTENCES
from graphfraud.wording.sentences import percent as percent
from graphfraud.wording.sentences import sentence as sentence
from graphfraud.wording.sentences import shared_counts as shared_counts
from graphfraud.wording.sentences import summary as summary
from graphfraud.wording.sentences import trust as trust
