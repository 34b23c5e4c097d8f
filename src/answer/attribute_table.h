/* attribute_table.h - the attributes of attribute.h. Words are folded: lower case, no accents; each
 * stands with all its forms, since a stem would also be other words'. size-check: table */
#ifndef KITH_ANSWER_ATTRIBUTE_TABLE_H
#define KITH_ANSWER_ATTRIBUTE_TABLE_H

#include "answer/attribute.h"

enum { ATTRIBUTE_LANGUAGES = LANGUAGE_DUTCH + 1 };

struct attribute {
    const char *asks[ATTRIBUTE_LANGUAGES];  /* words of questions, parted by blanks; NULL: none */
    const char *says[ATTRIBUTE_LANGUAGES];  /* words of texts; NULL: as asks */
    const char *names[ATTRIBUTE_LANGUAGES]; /* of `asks`, the nouns that are its name; NULL: none */
    const char
        *loose[ATTRIBUTE_LANGUAGES]; /* of `asks`, those of costs and shares too; NULL: none */
    const char *symbols;             /* of its units, parted by blanks; NULL: none */
    bool is_length;                  /* a number with a unit of length says it */
    bool is_exact;                   /* attribute_is_exact */
    bool is_event;                   /* attribute_is_event */
};

#define EN [LANGUAGE_ENGLISH]
#define DE [LANGUAGE_GERMAN]
#define FR [LANGUAGE_FRENCH]
#define ES [LANGUAGE_SPANISH]
#define IT [LANGUAGE_ITALIAN]
#define PT [LANGUAGE_PORTUGUESE]
#define NL [LANGUAGE_DUTCH]

// clang-format off
/* How fast something is, in texts. */
#define FAST_EN "fast faster fastest slow slower slowest quick quickly speed speeds velocity knots"
#define FAST_DE "schnell schneller langsam langsamer geschwindigkeit tempo"
#define FAST_FR "vite rapide lent lente vitesse"
#define FAST_ES "rapido rapida lento lenta velocidad"
#define FAST_IT "veloce lento lenta velocita"
#define FAST_PT "rapido lento velocidade"
#define FAST_NL "snel langzaam snelheid"
#define FAST_SYMBOLS "km/h kmh kph mph m/s rpm Mbit/s MB/s"

static const attribute attributes[] = {
    { // what it costs
        .asks = {EN = "cost costs price prices fee fees cheap cheaper cheapest expensive euro euros dollar dollars",
                 DE = "kosten kostet kostete preis preise gebuhr gebuhren billig billiger billigste billigsten gunstigste gunstigsten teuer teurer teuerste euro",
                 FR = "coute coutent cout couts prix tarif tarifs cher chere euros",
                 ES = "cuesta cuestan costar coste costo costes precio precios tarifa tarifas barato barata caro cara euros",
                 IT = "costa costano costo costi prezzo prezzi tariffa tariffe economico caro euro",
                 PT = "custa custam custo custos preco precos tarifa barato barata caro cara euros",
                 NL = "kost kosten prijs prijzen tarief tarieven goedkoop goedkoopste euro"},
        .says = {EN = "cost costs price prices priced fee fees charge charged charges cheap cheaper cheapest expensive euro euros dollar dollars free gratis",
                 DE = "kosten kostet kostete preis preise gebuhr gebuhren billig billiger billigste billigsten gunstigste gunstigsten teuer teurer teuerste euro kostenlos kostenfrei gratis umsonst",
                 FR = "coute coutent cout couts prix tarif tarifs cher chere euros gratuit gratuite gratuits gratuites gratuitement",
                 ES = "cuesta cuestan costar coste costo costes precio precios tarifa tarifas barato barata caro cara euros gratis gratuito gratuita",
                 IT = "costa costano costo costi prezzo prezzi tariffa tariffe economico caro euro gratis gratuito gratuita",
                 PT = "custa custam custo custos preco precos tarifa barato barata caro cara euros gratis gratuito gratuita",
                 NL = "kost kosten prijs prijzen tarief tarieven goedkoop goedkoopste euro gratis"},
        .symbols = "€ $ £ ¥ EUR USD GBP CHF",
    },
    { // what it weighs
        .asks = {EN = "weigh weighs weight heavy heavier heaviest kilogram kilograms kilogramme kilogrammes kilo kilos gram grams",
                 DE = "wiegt wiegen gewicht schwer schwerer kilogramm kilo gramm",
                 FR = "pese pesent poids lourd lourde kilogrammes kilos grammes",
                 ES = "pesa pesan peso pesado kilogramos kilos gramos",
                 IT = "pesa pesano peso pesante chilogrammi chili grammi",
                 PT = "pesa pesam peso pesado quilogramas quilos gramas",
                 NL = "weegt wegen gewicht zwaar kilogram kilo gram"},
        .says = {EN = "weigh weighs weighed weight weighing heavy heavier heaviest light lighter lightweight kilogram kilograms kilogramme kilogrammes kilo kilos gram grams ton tons tonne tonnes pound pounds ounce ounces",
                 DE = "wiegt wiegen wog gewicht schwer schwerer leicht leichter kilogramm kilo gramm tonne tonnen pfund",
                 FR = "pese pesent poids lourd lourde leger legere kilogrammes kilos grammes tonne tonnes", ES = "pesa pesan peso pesado ligero ligera kilogramos kilos gramos tonelada toneladas",
                 IT = "pesa pesano peso pesante leggero leggera chilogrammi chili grammi tonnellata tonnellate", PT = "pesa pesam peso pesado leve quilogramas quilos gramas tonelada toneladas",
                 NL = "weegt wegen gewicht zwaar licht kilogram kilo gram ton"},
        .names = {EN = "weight", DE = "gewicht", FR = "poids", ES = "peso", IT = "peso", PT = "peso", NL = "gewicht"},
        .symbols = "kg g t lb lbs",
        .is_exact = true,
    },
    { // its power
        .asks = {EN = "powerful watt watts kilowatt kilowatts horsepower", DE = "leistung watt kilowatt ps", FR = "puissance watts kilowatts",
                 ES = "potencia vatios kilovatios", IT = "potenza watt kilowatt", PT = "potencia watts quilowatts", NL = "vermogen watt kilowatt"},
        .names = {DE = "leistung", FR = "puissance", ES = "potencia", IT = "potenza", PT = "potencia", NL = "vermogen"},
        .symbols = "W kW MW hp PS",
        .is_exact = true,
    },
    { // its voltage
        .asks = {EN = "voltage volt volts", DE = "spannung volt", FR = "tension volts", ES = "voltaje tension voltios", IT = "tensione volt",
                 PT = "tensao volts", NL = "spanning volt"},
        .names = {EN = "voltage", DE = "spannung", FR = "tension", ES = "voltaje tension", IT = "tensione", PT = "tensao", NL = "spanning"},
        .symbols = "V kV mV",
        .is_exact = true,
    },
    { // the current that it takes
        .asks = {EN = "amp amps ampere amperes", DE = "ampere", FR = "amperes", ES = "amperios", IT = "ampere", PT = "amperes", NL = "ampere"},
        .symbols = "A mA",
    },
    { // how loud it is
        .asks = {EN = "loud louder loudest noise noisy decibel decibels", DE = "laut lauter lautstarke larm dezibel", FR = "bruit bruyant bruyante decibels",
                 ES = "ruido ruidoso ruidosa decibelios", IT = "rumore rumoroso rumorosa decibel", PT = "ruido barulho decibeis", NL = "geluid lawaai luid decibel"},
        .says = {EN = "loud louder loudest noise noisy quiet quieter silent silently sound decibel decibels", DE = "laut lauter leise leiser lautstarke larm gerausch gerausche gerauschlos dezibel",
                 FR = "bruit bruyant bruyante silencieux silencieuse sonore decibels", ES = "ruido ruidoso ruidosa silencioso silenciosa sonoro decibelios",
                 IT = "rumore rumoroso rumorosa silenzioso silenziosa decibel", PT = "ruido barulho silencioso silenciosa decibeis", NL = "geluid lawaai stil stiller luid decibel"},
        .names = {EN = "noise", DE = "lautstarke larm", FR = "bruit", ES = "ruido", IT = "rumore", PT = "ruido barulho", NL = "geluid lawaai"},
        .symbols = "dB dBA",
        .is_exact = true,
    },
    { // how high it is
        .asks = {EN = "height high tall taller tallest", DE = "hoch hohe hoher", FR = "hauteur haut haute", ES = "altura alto alta", IT = "altezza alto alta",
                 PT = "altura alto alta", NL = "hoogte hoog"},
        .names = {EN = "height", DE = "hohe", FR = "hauteur", ES = "altura", IT = "altezza", PT = "altura", NL = "hoogte"},
        .loose = {EN = "high", DE = "hoch hoher", FR = "haut haute", ES = "alto alta", IT = "alto alta", PT = "alto alta", NL = "hoog"},
        .is_length = true,
        .is_exact = true,
    },
    { // how deep it is
        .asks = {EN = "depth deep deeper deepest", DE = "tief tiefe", FR = "profondeur profond profonde", ES = "profundidad profundo profunda",
                 IT = "profondita profondo profonda", PT = "profundidade fundo profundo", NL = "diepte diep"},
        .names = {EN = "depth", DE = "tiefe", FR = "profondeur", ES = "profundidad", IT = "profondita", PT = "profundidade", NL = "diepte"},
        .is_length = true,
        .is_exact = true,
    },
    { // how wide it is
        .asks = {EN = "width wide wider widest breadth", DE = "breit breite", FR = "largeur large", ES = "anchura ancho ancha", IT = "larghezza largo larga",
                 PT = "largura largo larga", NL = "breedte breed"},
        .names = {EN = "width breadth", DE = "breite", FR = "largeur", ES = "anchura", IT = "larghezza", PT = "largura", NL = "breedte"},
        .is_length = true,
        .is_exact = true,
    },
    { // what stretches along it; "how long" also asks for a duration
        .asks = {EN = "length", FR = "longueur", ES = "longitud", IT = "lunghezza", PT = "comprimento", NL = "lengte"},
        .says = {EN = "length long longer longest", DE = "lang", FR = "longueur long longue", ES = "longitud largo larga", IT = "lunghezza lungo lunga", PT = "comprimento comprido",
                 NL = "lengte lang"},
        .is_length = true,
    },
    { // how large it is
        .asks = {EN = "size big bigger biggest large larger largest", DE = "gross grosse grosser flache", FR = "taille grand grande surface superficie",
                 ES = "tamano grande superficie", IT = "dimensione dimensioni grande superficie", PT = "tamanho grande area", NL = "grootte groot oppervlakte"},
        .says = {EN = "size sizes big bigger biggest large larger largest area dimensions"},
    },
    { // how far it is
        .asks = {EN = "far farther distance kilometre kilometres kilometer kilometers mile miles", DE = "weit entfernung strecke kilometer",
                 FR = "loin distance kilometres", ES = "lejos distancia kilometros", IT = "lontano distanza chilometri", PT = "longe distancia quilometros",
                 NL = "ver afstand kilometer"},
        .symbols = "km mi",
    },
    { // its speed
        .asks = {EN = "speed", DE = "geschwindigkeit tempo", FR = "vitesse", ES = "velocidad", IT = "velocita", PT = "velocidade", NL = "snelheid"},
        .says = {EN = FAST_EN, DE = FAST_DE,
                 FR = FAST_FR, ES = FAST_ES, IT = FAST_IT, PT = FAST_PT, NL = FAST_NL},
        .names = {EN = "speed", DE = "geschwindigkeit", FR = "vitesse", ES = "velocidad", IT = "velocita", PT = "velocidade", NL = "snelheid"},
        .symbols = FAST_SYMBOLS,
        .is_exact = true,
    },
    { // how fast it is, or is done: deliveries take so many days
        .asks = {EN = "fast faster fastest", DE = "schnell schneller", FR = "vite rapide", ES = "rapido", IT = "veloce", PT = "rapido", NL = "snel"},
        .says = {EN = (FAST_EN " second seconds minute minutes hour hours day days week weeks immediately"),
                 DE = (FAST_DE " sekunde sekunden minute minuten stunde stunden tag tage tagen woche wochen sofort"),
                 FR = (FAST_FR " seconde secondes minute minutes heure heures jour jours semaine semaines"),
                 ES = (FAST_ES " segundo segundos minuto minutos hora horas dia dias semana semanas"),
                 IT = (FAST_IT " secondo secondi minuto minuti ora ore giorno giorni settimana settimane"),
                 PT = (FAST_PT " segundo segundos minuto minutos hora horas dia dias semana semanas"),
                 NL = (FAST_NL " seconde seconden minuut minuten uur uren dag dagen week weken")},
        .symbols = FAST_SYMBOLS,
        .is_exact = true,
    },
    { // how warm it is
        .asks = {EN = "hot warm cold temperature degrees", DE = "heiss warm kalt temperatur grad", FR = "chaud froid temperature degres",
                 ES = "caliente frio temperatura grados", IT = "caldo freddo temperatura gradi", PT = "quente frio temperatura graus", NL = "heet warm koud temperatuur graden"},
        .symbols = "°C °F °",
    },
    { // how long it takes
        .asks = {EN = "duration", DE = "dauer dauert dauern lauft laufzeit", FR = "duree dure durent", ES = "duracion dura duran", IT = "durata dura durano",
                 PT = "duracao dura duram", NL = "duur duurt"},
    },
    {.asks = {EN = "second seconds", DE = "sekunde sekunden", FR = "seconde secondes", ES = "segundo segundos", IT = "secondo secondi", PT = "segundo segundos", NL = "seconde seconden"},
     .symbols = "s sec ms"},
    {.asks = {EN = "minute minutes", DE = "minute minuten", FR = "minute minutes", ES = "minuto minutos", IT = "minuto minuti", PT = "minuto minutos", NL = "minuut minuten"},
     .symbols = "min"},
    {.asks = {EN = "hour hours", DE = "stunde stunden", FR = "heure heures", ES = "hora horas", IT = "ora ore", PT = "hora horas", NL = "uur uren"},
     .symbols = "h hr hrs"},
    {.asks = {EN = "metre metres meter meters", DE = "meter", FR = "metre metres", ES = "metro metros", IT = "metro metri", PT = "metro metros", NL = "meter"},
     .symbols = "m"},
    {.asks = {EN = "centimetre centimetres centimeter centimeters", DE = "zentimeter", FR = "centimetre centimetres", ES = "centimetro centimetros",
              IT = "centimetro centimetri", PT = "centimetro centimetros", NL = "centimeter"},
     .symbols = "cm"},
    {.asks = {EN = "millimetre millimetres millimeter millimeters", DE = "millimeter", FR = "millimetre millimetres", ES = "milimetro milimetros",
              IT = "millimetro millimetri", PT = "milimetro milimetros", NL = "millimeter"},
     .symbols = "mm"},
    {.asks = {EN = "litre litres liter liters", DE = "liter", FR = "litre litres", ES = "litro litros", IT = "litro litri", PT = "litro litros", NL = "liter"},
     .symbols = "l L"},
    {.asks = {EN = "percent percentage", DE = "prozent", FR = "pourcentage", ES = "porcentaje", IT = "percentuale", PT = "percentagem", NL = "procent percentage"},
     .symbols = "%"},
    {.asks = {EN = "calorie calories kilocalories", DE = "kalorien", FR = "calories", ES = "calorias", IT = "calorie", PT = "calorias", NL = "calorieen"},
     .symbols = "kcal cal"},
    {.asks = {EN = "kilobyte kilobytes"}, .symbols = "KB kB KiB"},
    {.asks = {EN = "megabyte megabytes"}, .symbols = "MB MiB"},
    {.asks = {EN = "gigabyte gigabytes"}, .symbols = "GB GiB"},
    {.asks = {EN = "hertz megahertz gigahertz"}, .symbols = "Hz kHz MHz GHz"},
    { // how old somebody or something is
        .asks = {EN = "old older oldest age", DE = "alt alter alteste", FR = "age", ES = "edad", IT = "eta", PT = "idade", NL = "oud leeftijd"},
        .says = {EN = "old older oldest age aged born birth built founded", DE = "alt alter geboren geburtsdatum baujahr gegrundet", FR = "age ans ne nee naissance fonde",
                 ES = "edad anos nacio nacido nacimiento fundado", IT = "eta anni nato nata nascita fondato", PT = "idade anos nasceu nascimento fundado",
                 NL = "oud leeftijd geboren geboortedatum bouwjaar"},
    },
    { // when somebody was born
        .asks = {EN = "born birth birthday birthdate", DE = "geboren geburt geburtsdatum geburtstag", FR = "ne nee naissance", ES = "nacio nacido nacida nacimiento",
                 IT = "nato nata nascita", PT = "nasceu nascido nascimento", NL = "geboren geboorte geboortedatum verjaardag"},
        .says = {EN = "born birth birthday birthdate birthplace native nee", FR = "ne nee nes nees naissance naquit naquirent natif native"},
    },
    { // to whom somebody is or was married
        .asks = {EN = "married marry", DE = "verheiratet geheiratet heiratete heiratet heiraten", FR = "marie mariee marierent epouse epousee epousa", ES = "caso casado casada casaron",
                 IT = "sposato sposata sposo sposarono", PT = "casado casada casou casaram", NL = "getrouwd trouwde gehuwd huwde"},
        .says = {EN = "married marry marries marriage wed wedded wedding wife husband spouse", DE = "verheiratet geheiratet heiratete heirateten heirat ehe ehefrau ehemann hochzeit",
                 FR = "marie mariee marierent mariage epouse epousee epousa epouserent mari femme", ES = "caso casado casada casaron matrimonio boda esposa esposo marido",
                 IT = "sposato sposata sposo sposarono matrimonio nozze moglie marito", PT = "casado casada casou casaram casamento esposa esposo marido",
                 NL = "getrouwd trouwde trouwden gehuwd huwde huwelijk echtgenoot echtgenote"},
    },
    { // until when it is valid
        .asks = {EN = "expire expires expired expiry expiration", DE = "gilt gultig ablauft abgelaufen ablaufdatum lauft", FR = "valable valide expire expiration",
                 ES = "valido valida vence caduca caducidad vencimiento", IT = "valido valida scade scadenza", PT = "valido valida expira validade", NL = "geldig verloopt vervaldatum"},
        .says = {EN = "expire expires expired expiry expiration valid validity ends deadline", DE = "gilt gultig gultigkeit ablaufdatum befristet"},
    },
    { // who wrote it
        .asks = {EN = "wrote write written author authors writer", DE = "schrieb geschrieben verfasst verfasser verfasserin autor autorin",
                 FR = "ecrit ecrivit redige auteur autrice auteurs", ES = "escribio escrito escrita autor autora autores", IT = "scritto scrisse autore autrice autori",
                 PT = "escreveu escrito autor autora autores", NL = "schreef geschreven auteur schrijver"},
        .says = {EN = "wrote written author authors writer writers"},
    },
    { // how to call somebody
        .asks = {EN = "phone telephone mobile", DE = "telefon telefonnummer rufnummer handynummer", FR = "telephone", ES = "telefono telefonico movil", IT = "telefono cellulare telefonico",
                 PT = "telefone telemovel", NL = "telefoon telefoonnummer"},
        .says = {EN = "phone telephone tel mobile", DE = "telefon telefonnummer tel fon rufnummer mobil", FR = "telephone tel portable telephonez", ES = "telefono tel movil llame",
                 IT = "telefono tel cellulare telefonate", PT = "telefone tel telemovel", NL = "telefoon telefoonnummer tel"},
    },
    { // who answers for it
        .asks = {EN = "responsible", DE = "zustandig verantwortlich verantwortliche verantwortlicher", FR = "responsable charge", ES = "responsable encargado encargada",
                 IT = "responsabile incaricato", PT = "responsavel encarregado", NL = "verantwoordelijk verantwoordelijke"},
        .says = {EN = "responsible charge owner"},
    },
    { // who made it
        .asks = {EN = "manufacturer maker manufactured", DE = "hersteller hergestellt", FR = "fabricant fabrique", ES = "fabricante fabricado", IT = "produttore prodotto",
                 PT = "fabricante fabricado", NL = "fabrikant gemaakt"},
        .says = {EN = "manufacturer manufacturers maker makers manufactured made"},
    },
    { // its colour
        .asks = {EN = "colour colours color colors", DE = "farbe farben", FR = "couleur couleurs", ES = "color colores", IT = "colore colori", PT = "cor cores", NL = "kleur kleuren"},
        .says = {EN = "colour colours coloured color colors colored red reddish orange yellow yellowish green greenish blue bluish purple violet pink brown brownish black white grey gray silver golden beige turquoise crimson scarlet ivory transparent",
                 DE = "farbe farben farbig rot rote roten roter rotes orange gelb gelbe gelben gelber gelbes grun grune grunen gruner grunes blau blaue blauen blauer blaues lila violett rosa braun braune braunen brauner braunes schwarz schwarze schwarzen schwarzer schwarzes weiss weisse weissen weisser weisses grau graue grauen grauer graues silbern golden beige turkis durchsichtig",
                 FR = "couleur couleurs colore coloree rouge orange jaune vert verte bleu bleue violet violette rose brun brune marron noir noire blanc blanche gris grise argente doree dore beige turquoise transparent",
                 ES = "color colores rojo roja naranja amarillo amarilla verde azul morado morada violeta rosa marron negro negra blanco blanca gris plateado dorado beige turquesa transparente",
                 IT = "colore colori rosso rossa arancione giallo gialla verde blu azzurro azzurra viola rosa marrone nero nera bianco bianca grigio grigia argento dorato beige turchese trasparente",
                 PT = "cor cores vermelho vermelha laranja amarelo amarela verde azul roxo roxa violeta rosa castanho marrom preto preta branco branca cinzento cinza prateado dourado bege turquesa transparente",
                 NL = "kleur kleuren rood rode oranje geel gele groen groene blauw blauwe paars paarse roze bruin bruine zwart zwarte wit witte grijs grijze zilver goud beige turkoois doorzichtig"},
        .names = {EN = "colour colours color colors", DE = "farbe farben", FR = "couleur couleurs", ES = "color colores", IT = "colore colori", PT = "cor cores", NL = "kleur kleuren"},
        .is_exact = true,
    },
    { // what it is made of
        .asks = {EN = "material materials", DE = "material materialien", FR = "matiere matieres materiau materiaux", ES = "material materiales", IT = "materiale materiali", PT = "material materiais",
                 NL = "materiaal materialen"},
        .says = {EN = "material materials steel iron wood wooden timber plastic plastics aluminium aluminum metal glass copper bronze brass concrete cement stone limestone sandstone slate granite marble brick clay cotton wool woollen leather rubber paper cardboard silk linen fabric cloth nylon polyester ceramic porcelain carbon titanium gold silver",
                 DE = "material materialien stahl eisen holz holzern kunststoff plastik aluminium metall glas kupfer bronze messing beton stein granit marmor ziegel ton baumwolle wolle leder gummi papier pappe seide leinen stoff keramik",
                 FR = "matiere matieres materiau materiaux acier fer bois plastique aluminium metal verre cuivre bronze laiton beton pierre granit marbre brique argile coton laine cuir caoutchouc papier carton soie lin tissu ceramique",
                 ES = "material materiales acero hierro madera plastico aluminio metal vidrio cristal cobre bronce laton hormigon piedra granito marmol ladrillo arcilla algodon lana cuero goma caucho papel carton seda lino tela ceramica",
                 IT = "materiale materiali acciaio ferro legno plastica alluminio metallo vetro rame bronzo ottone cemento pietra granito marmo mattone argilla cotone lana cuoio pelle gomma carta cartone seta lino tessuto ceramica",
                 PT = "material materiais aco ferro madeira plastico aluminio metal vidro cobre bronze latao betao concreto pedra granito marmore tijolo argila algodao la couro borracha papel cartao seda linho tecido ceramica",
                 NL = "materiaal materialen staal ijzer hout houten kunststof plastic aluminium metaal glas koper brons messing beton steen graniet marmer baksteen klei katoen wol leer rubber papier karton zijde linnen stof keramiek"},
        .names = {EN = "material materials", DE = "material materialien", FR = "matiere matieres materiau materiaux", ES = "material materiales", IT = "materiale materiali", PT = "material materiais",
                  NL = "materiaal materialen"},
        .is_exact = true,
    },
    { // how text is written as bytes
        .asks = {EN = "encoding encodings charset charsets", DE = "kodierung kodierungen codierung codierungen zeichensatz zeichensatze zeichenkodierung zeichenkodierungen",
                 FR = "encodage encodages", ES = "codificacion codificaciones", IT = "codifica codifiche", PT = "codificacao codificacoes", NL = "codering coderingen tekenset tekensets"},
        .says = {EN = "encoding encodings encoded charset charsets utf utf8 utf16 ascii unicode",
                 DE = "kodierung kodierungen codierung codierungen zeichensatz zeichensatze zeichenkodierung zeichenkodierungen kodiert codiert",
                 FR = "encodage encodages encode encodee encodes encodees", ES = "codificacion codificaciones codificado codificada codificados",
                 IT = "codifica codifiche codificato codificata codificati", PT = "codificacao codificacoes codificado codificada codificados", NL = "codering coderingen gecodeerd tekenset tekensets"},
    },
    { // its shape; in other languages the same word asks for a way
        .asks = {EN = "shape shapes"},
        .says = {EN = "shape shapes shaped round rounded square oval rectangular rectangle circular circle triangular triangle spherical sphere ball cylindrical cylinder cube cubic cubical conical cone flat curved hexagonal octagonal"},
        .names = {EN = "shape"},
        .is_exact = true,
    },
    { // that it was sold or bought
        .asks = {EN = "sold bought acquired purchased", DE = "verkauft verkaufte gekauft kaufte ubernommen", FR = "vendu vendue vendus vendues achete achetee rachete rachetee",
                 ES = "vendio vendido vendida vendieron compro comprado comprada", IT = "venduto venduta vendette comprato comprata acquistato acquistata", PT = "vendeu vendido vendida comprou comprado comprada",
                 NL = "verkocht gekocht overgenomen"},
        .says = {EN = "sold sell sells selling sale sales bought buy buys buying buyer acquired acquire acquires acquisition acquiring purchased purchase purchases purchasing takeover owned owner owners ownership sells auction auctioned merged merger",
                 DE = "verkauft verkaufte verkauf verkaufen gekauft kaufte kauf kaufen kaufer ubernommen ubernahm ubernahme erworben erwarb eigentumer",
                 FR = "vendu vendue vendus vendues vend vendre vente achete achetee achat acheter acheteur rachete rachetee rachat acquis acquisition",
                 ES = "vendio vendido vendida vendieron vende vender venta compro comprado comprada compra comprar comprador adquirio adquirido adquirida adquisicion",
                 IT = "venduto venduta vendette vende vendere vendita comprato comprata comprare acquistato acquistata acquisto acquisito acquisita acquisizione",
                 PT = "vendeu vendido vendida vende vender venda comprou comprado comprada compra comprar adquiriu adquirido adquirida aquisicao",
                 NL = "verkocht verkoopt verkoop verkopen gekocht koopt koop kopen koper overgenomen overname"},
        .is_exact = true,
        .is_event = true,
    },
    { // that somebody died
        .asks = {EN = "die died death", DE = "starb gestorben tod verstarb", FR = "mort morte mourut decede decedee deces", ES = "murio muerto muerte fallecio", IT = "mori morto morta morte deceduto",
                 PT = "morreu morto morte faleceu", NL = "stierf gestorven overleed overleden dood"},
        .says = {EN = "die dies died dying dead death deaths killed kill murdered murder executed execution assassinated assassination suicide buried burial funeral perished drowned late",
                 DE = "starb gestorben tod tot tote verstarb verstorben verstorbene ermordet getotet hingerichtet begraben beerdigt", FR = "mort morte meurt mourut decede decedee deces tue tuee assassine assassinee execute enterre",
                 ES = "murio muere muerto muerta muerte fallecio fallecido fallecida asesinado asesinada ejecutado enterrado", IT = "mori muore morto morta morte deceduto deceduta ucciso uccisa assassinato sepolto",
                 PT = "morreu morre morto morta morte faleceu falecido falecida assassinado executado enterrado", NL = "stierf sterft gestorven overleed overleden dood vermoord geexecuteerd begraven"},
        .symbols = "†",
        .is_exact = true,
        .is_event = true,
    },
    { // where somebody lives
        .asks = {EN = "live lives reside resides", DE = "wohnt wohnen lebt", FR = "habite vit", ES = "vive reside", IT = "abita vive risiede", PT = "mora vive reside", NL = "woont leeft"},
        .says = {EN = "live lives lived living reside resides resided residence resident home homes apartment address inhabit inhabits inhabited inhabitants native habitat dwell dwells",
                 DE = "wohnt wohnen wohnte lebt lebte leben wohnung wohnhaft haus adresse zog umgezogen zuhause anschrift", FR = "habite habitait habiter vit vivait vivre domicile maison adresse reside residence appartement",
                 ES = "vive vivia vivir vivio reside residencia domicilio casa direccion piso hogar", IT = "abita abitava vive viveva risiede residenza domicilio casa indirizzo appartamento",
                 PT = "mora morava vive vivia reside residencia domicilio casa endereco morada apartamento", NL = "woont woonde wonen leeft leefde huis adres woonplaats"},
        .is_exact = true,
        .is_event = true,
    },
    { // that it was thought out
        .asks = {EN = "designed invented", DE = "entworfen entwarf erfunden erfand", FR = "concu concue invente inventee", ES = "diseno disenado disenada invento inventado inventada",
                 IT = "progettato progettata progetto inventato inventata invento", PT = "projetou projetado inventou inventado", NL = "ontworpen ontwierp uitgevonden"},
        .says = {EN = "design designs designed designer designers designing architect architects architectural engineer engineers engineered invent invents invented inventor inventors invention creator creators created devised conceived developed developer discovered discovery pioneered patented patent originated introduced",
                 DE = "entwurf entworfen entwarf erfunden erfand erfinder erfindung architekt architektin konstrukteur entwickelt entwickelte entdeckt",
                 FR = "concu concue conception invente inventee inventeur invention architecte createur cree developpe developpee",
                 ES = "diseno disenado disenada disenador invento inventado inventada inventor arquitecto creador creo creado desarrollado",
                 IT = "progettato progettata progettista inventato inventata inventore architetto creato creata sviluppato", PT = "projetou projetado projetista inventou inventado inventor arquiteto criado criou desenvolvido",
                 NL = "ontworpen ontwierp ontwerp ontwerper uitgevonden uitvinder architect ontwikkeld"},
        .is_exact = true,
        .is_event = true,
    },
    { // that it got another name
        .asks = {EN = "renamed rename", DE = "umbenannt umbenannte", FR = "renomme renommee rebaptise rebaptisee", ES = "renombrado renombrada renombro", IT = "rinominato rinominata ribattezzato",
                 PT = "renomeado renomeada", NL = "hernoemd omgedoopt"},
        .says = {EN = "renamed rename renames renaming rebranded known called name names named formerly title titled changed became", DE = "umbenannt umbenannte umbenennung name namen genannt hiess heisst ehemals",
                 FR = "renomme renommee rebaptise rebaptisee nom noms appele appelee nomme nommee devient devenu", ES = "renombrado renombrada renombro nombre llamado llamada llamo denominado denominada paso",
                 IT = "rinominato rinominata ribattezzato nome chiamato chiamata denominato", PT = "renomeado renomeada nome chamado chamada denominado", NL = "hernoemd omgedoopt naam genoemd heette heet"},
        .is_exact = true,
        .is_event = true,
    },
    { // that it could not pay
        .asks = {EN = "bankrupt bankruptcy insolvent", DE = "pleite insolvent insolvenz konkurs bankrott", FR = "faillite insolvable", ES = "quiebra bancarrota insolvente", IT = "fallita fallito fallimento bancarotta",
                 PT = "falencia faliu insolvente", NL = "failliet faillissement"},
        .says = {EN = "bankrupt bankruptcy bankruptcies insolvent insolvency liquidation liquidated receivership creditors debts collapse collapsed administration chapter closed folded",
                 DE = "pleite insolvent insolvenz konkurs bankrott liquidation glaubiger"},
        .is_exact = true,
        .is_event = true,
    },
};
// clang-format on

#undef FAST_EN
#undef FAST_DE
#undef FAST_FR
#undef FAST_ES
#undef FAST_IT
#undef FAST_PT
#undef FAST_NL
#undef FAST_SYMBOLS
#undef EN
#undef DE
#undef FR
#undef ES
#undef IT
#undef PT
#undef NL

#endif
